"""The command that measures; rooms are imported inside it, so that ``--help`` answers at once."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench import config
from bench.cli.app import app, complete_from
from bench.errors import Interrupted

if TYPE_CHECKING:
    from bench.measure.request import MeasureRequest


@app.command()
def measure(
    preset: Annotated[
        str,
        typer.Option(
            help="smoke, quick, standard or full.",
            autocompletion=complete_from(tuple(config.BUDGETS)),
        ),
    ] = "quick",
    worker: Annotated[
        str | None,
        typer.Option(
            metavar="ENDPOINT", help="tcp://HOST:PORT of a worker; without it one is started here."
        ),
    ] = None,
    threads: Annotated[
        str | None, typer.Option(metavar="1,2", help="Intra-op thread counts.")
    ] = None,
    batch_sizes: Annotated[
        str | None, typer.Option(metavar="1,2,4", help="Batch sizes up to 64.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Drives schedule and images.")] = config.SEED,
    machine: Annotated[str | None, typer.Option(help="Name of this machine in data/.")] = None,
    run: Annotated[
        str | None, typer.Option(help="Name of the run; continued if it is there.")
    ] = None,
    new: Annotated[bool, typer.Option("--new", help="Start a new run.")] = False,
    data: Annotated[Path, typer.Option(help="Folder of the runs.")] = Path("data"),
    model: Annotated[str, typer.Option(help="resnet50, resnet18 or stub:MS.")] = "resnet50",
    image_size: Annotated[
        int | None, typer.Option(help="Side of the images [pixels]; 224, for smoke 64.")
    ] = None,
    weights: Annotated[
        Path | None, typer.Option(help="A state dict; default: seeded weights.")
    ] = None,
    allocator: Annotated[
        str,
        typer.Option(
            help="tuned or system, for both arms.",
            autocompletion=complete_from(config.ALLOCATORS),
        ),
    ] = "tuned",
    comment: Annotated[str, typer.Option(help="A line for the page.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be measured.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print the run's folder only.")] = False,
) -> None:
    """Measure both placements; the last line of standard output is the run's folder.

    Example: scalebench measure --preset smoke
    """
    from bench.engine.spec import check_model
    from bench.host.cores import physical_cores
    from bench.measure.request import MeasureRequest, check_request

    check_model(model)
    budget = config.make_budget(preset)
    experiment = config.make_experiment(
        budget=budget,
        core_count=len(physical_cores()),
        model=model,
        image_size=image_size,
        batch_sizes=batch_sizes,
        threads=threads,
        seed=seed,
        allocator=allocator,
        worker=worker,
        weights=weights,
    )
    request = MeasureRequest(
        experiment=experiment,
        budget=budget,
        data=data,
        machine=machine,
        run=run,
        new=new,
        comment=comment,
        weights_path=weights,
    )
    check_request(request)
    if dry_run:
        _print_plan(request)
        return
    # Only now: what is refused is refused at once.
    from bench import plan
    from bench.cli.terminal import ProgressReport
    from bench.pipeline.measure import measure as run_measure

    block = plan.make_block(experiment, 1)
    segments = sum(len(v.arms) for r in block.restarts for v in r.visits)
    report = ProgressReport(experiment, segments, quiet=quiet)
    try:
        folder = run_measure(request, report)
    except KeyboardInterrupt:
        raise Interrupted(
            "interrupted; complete blocks are kept, the same command goes on from there."
        ) from None
    finally:
        report.close()
    if not quiet:
        _conclude(folder)
    typer.echo(folder)


def _conclude(path: Path) -> None:
    """Say what a run found, where its time went, and where its page will be."""
    from bench.cli.terminal import print_summary
    from bench.page.facts import time_words
    from bench.page.lede import answer
    from bench.page.page import run_kind
    from bench.pipeline.results import load_results, minutes_to
    from bench.publish import page_key

    run, results = load_results(path)
    summary = results.summary
    print_summary(summary, blocks=False)  # the answer says it
    typer.echo(answer(run.info, summary, run_kind(run.info, summary)).replace("−", "-"))
    if results.effort is not None:
        typer.echo(f"time went to {time_words(results.effort.time_spent)}")
    planned = config.BUDGETS["standard"].max_blocks
    if not run.info.experiment.smoke and len(run.records) < planned:
        minutes = minutes_to(run, planned)
        typer.echo(
            f"the same command with --preset standard goes on, for about {minutes:.0f} minutes"
        )
    place = "/".join(page_key(run.info))
    typer.echo(f"page: 'scalebench report {shlex.quote(str(path))}' writes it to site/{place}/")


def _print_plan(request: "MeasureRequest") -> None:
    from bench.measure.duration import estimate_seconds, request_bytes

    experiment = request.experiment
    for cell in experiment.cells:
        size = request_bytes(cell.batch_size, experiment.image_size)
        typer.echo(f"batch {cell.batch_size:2d}  threads {cell.threads:2d}  {size} bytes a request")
    seconds = estimate_seconds(request)
    blocks = request.budget.max_blocks
    typer.echo(f"{blocks} blocks, about {seconds / 60:.1f} minutes (from a probe on this machine)")
