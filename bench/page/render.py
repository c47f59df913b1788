"""From strings to text: the page that a person may edit, its data, and the list of runs."""

from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from importlib.resources.abc import Traversable
from itertools import groupby
from pathlib import Path
from typing import Any

import jinja2

from bench.charts.catalog import chart_specs
from bench.text.names import model_words

PAGE_TEMPLATE = "index.markdown.j2"
DATA_TEMPLATE = "page.json.j2"


def template_root() -> Traversable:
    """Return where the templates are: beside ``bench/`` in a checkout, else in the package."""
    checkout = Path(__file__).parents[2] / "templates"
    if (checkout / PAGE_TEMPLATE).is_file():
        return checkout
    return resources.files("bench") / "_templates"


def render_page(model: str, batch_sizes: Iterable[int]) -> str:
    """Return the text of a page: its title and its charts, of the planned batch sizes only.

    Parameters
    ----------
    model : str
        The model's name, such as ``resnet50`` or ``stub:5``.
    batch_sizes : iterable of int
        The planned batch sizes.

    Returns
    -------
    str
        Markdown with front matter; all else that a reader sees is added by the layout.
    """
    words = model_words(model)
    charts = {
        kind: [{"name": s.file_name(words.prefix), "batch_size": s.batch_size} for s in specs]
        for kind, specs in groupby(chart_specs(batch_sizes), key=lambda spec: spec.kind)
    }
    return _render(PAGE_TEMPLATE, title=words.title, alt=words.alt, charts=charts)


def render_page_data(context: Mapping[str, Any]) -> str:
    """Return a page's data, the JSON that the layout reads."""
    return _render(DATA_TEMPLATE, value=dict(context))


def render_runs(runs: Sequence[Mapping[str, str]]) -> str:
    """Return the list of all runs as JSON, in the order given."""
    return _render(DATA_TEMPLATE, value=[dict(run) for run in runs])


def _render(template: str, **values: object) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_load),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # The order of the page, not of the alphabet; letters stay letters.
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False}
    return environment.get_template(template).render(values)


def _load(name: str) -> str:
    return (template_root() / name).read_text(encoding="utf-8")
