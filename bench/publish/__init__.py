"""Files of the site: written whole or not at all, untouched if unchanged, removed if stale.

Nothing is written or removed outside the site, and nothing that this tool did not write itself.
"""

from bench.publish.page import (
    IDENTITY,
    inputs_digest,
    page_inputs_digest,
    put_page,
    remove_page,
    run_identity,
)
from bench.publish.place import PageKey, page_key
from bench.publish.runs import check_site, list_runs, publish_runs
from bench.publish.site_data import publish_site_data, read_site_data
from bench.publish.skeleton import copy_skeleton, missing_layout, navigation_advice

__all__ = [
    "IDENTITY",
    "PageKey",
    "check_site",
    "copy_skeleton",
    "inputs_digest",
    "list_runs",
    "missing_layout",
    "navigation_advice",
    "page_inputs_digest",
    "page_key",
    "publish_runs",
    "publish_site_data",
    "put_page",
    "read_site_data",
    "remove_page",
    "run_identity",
]
