"""All commands: each is known to the app once its module is imported."""

from bench.cli import (  # noqa: F401 - imported for the commands in them
    calibrate,
    compare,
    doctor,
    import_,
    init_site,
    measure,
    remove,
    report,
    runs,
    summary,
    verify,
    worker,
)
from bench.cli.app import app, run

__all__ = ["app", "run"]
