"""The text of a page, which a person may edit: its title and its charts."""

from collections.abc import Sequence
from importlib import resources
from importlib.resources.abc import Traversable
from itertools import groupby
from pathlib import Path

import jinja2

from bench.charts.chart import Chart

PAGE_FILE = "index.markdown"
PAGE_TEMPLATE = f"{PAGE_FILE}.j2"


def template_root() -> Traversable:
    """Return where the templates are: beside ``bench/`` in a checkout, else in the package."""
    checkout = Path(__file__).parents[2] / "templates"
    if (checkout / PAGE_TEMPLATE).is_file():
        return checkout
    return resources.files("bench") / "_templates"


def render_page(title: str, charts: Sequence[Chart]) -> str:
    """Return Markdown with front matter; all else that a reader sees is added by the layout.

    Parameters
    ----------
    title : str
        Of the model, such as ``ResNet50``.
    charts : sequence of Chart
        Those of the planned batch sizes, by kind.
    """
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_load),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    groups = groupby(charts, key=lambda chart: chart.values["kind"])
    by_kind = {kind: list(group) for kind, group in groups}
    return environment.get_template(PAGE_TEMPLATE).render(title=title, charts=by_kind)


def _load(name: str) -> str:
    return (template_root() / name).read_text(encoding="utf-8")
