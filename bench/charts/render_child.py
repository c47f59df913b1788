"""A child process that draws its share of a run's pictures, one job after the other."""

import pickle
from collections.abc import Callable
from functools import partial

from bench.charts.catalog import ChartSpec
from bench.charts.extra import extra_pictures
from bench.charts.picture import Picture
from bench.charts.render import render_chart, render_picture
from bench.charts.render_pool import Drawn, Finished, RenderJob, RunPictures, Words
from bench.host.process import Outlet


def main() -> None:
    """Draw until the starter is gone."""
    outlet = Outlet()
    for job in outlet.jobs(RenderJob):
        run: RunPictures = pickle.loads(job.pickled)  # noqa: S301 - of the starter's own memory
        for draw in _drawings(run)[job.first :: job.step]:
            outlet.emit(draw())
        outlet.emit(Finished())


def _drawings(run: RunPictures) -> list[Callable[[], Drawn]]:
    """Return what draws each picture of a run; the extra ones, which take longest, come first."""
    extras = extra_pictures(run.summary, run.strips)
    return [
        *(partial(_draw_extra, picture, run.note) for picture in extras),
        *(partial(_draw_chart, spec, run) for spec in run.specs),
    ]


def _draw_extra(picture: Picture, note: str) -> Drawn:
    words = Words(picture.name, picture.alt, picture.caption, picture.source)
    return Drawn(picture.file_name, render_picture(picture, note=note), words)


def _draw_chart(spec: ChartSpec, run: RunPictures) -> Drawn:
    png = render_chart(spec, run.summary, note=run.note)
    return Drawn(spec.file_name(run.prefix), png)


if __name__ == "__main__":
    main()
