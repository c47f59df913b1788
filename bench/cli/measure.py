"""The command that measures; rooms are imported inside it, so that ``--help`` is fast."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench import config
from bench.cli.app import app, complete_from
from bench.cli.keys import KeysOption, ServerKeyOption, client_keys
from bench.codec.open import CODECS, check_codec, default_preprocess, sends_files
from bench.errors import Interrupted
from bench.interruption import interruptible
from bench.plan import block_passes
from bench.records import CURVE, PLAIN, SYNTHETIC, SYNTHETIC_FILES, Budget
from bench.text.numbers import counted

MODEL_HELP = "A classifier of torchvision, package.module:factory or stub:MS."
ENGINE_HELP = ", ".join("|".join(words) for words in config.ENGINE_WORDS.values())
_PASS_S = (27, 67)
"""Shortest and longest pass in the stored runs, on different machines with two cores [s]."""
if TYPE_CHECKING:
    from bench.measure.request import MeasureRequest


def _preset_words() -> str:
    """Return the time and the result of each preset, for ``--help``."""
    budgets = config.BUDGETS
    presets = {
        "smoke": "proves that all works",
        "quick": f"{_budget_words(budgets['quick'])}: overheads with intervals",
        "standard": f"{_budget_words(budgets['standard'])}: losses, too",
        "full": f"up to {budgets['full'].max_blocks} blocks, until losses are known to 2 %",
    }
    texts = "; ".join(f"{name} ({words})" for name, words in presets.items())
    return f"{texts}. Minutes are those of resnet50 on two cores."


def _budget_words(budget: Budget) -> str:
    experiment = config.make_experiment(budget=budget, core_count=2, model="resnet50")
    passes = budget.max_blocks * block_passes(experiment)
    least, most = (passes * seconds / 60 for seconds in _PASS_S)
    return f"{budget.max_blocks} blocks, {passes:.0f} passes, {least:.0f} to {most:.0f} minutes"


@app.command()
def measure(
    preset: Annotated[
        str,
        typer.Option(
            help=_preset_words(),
            autocompletion=complete_from(tuple(config.BUDGETS)),
        ),
    ] = "quick",
    minutes: Annotated[
        float | None,
        typer.Option(help="Measure as many blocks as fit, instead of the preset's number."),
    ] = None,
    worker: Annotated[
        str | None,
        typer.Option(
            metavar="ENDPOINT", help="tcp://HOST:PORT of a worker; without it one is started here."
        ),
    ] = None,
    keys: KeysOption = None,
    server_key: ServerKeyOption = None,
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
    model: Annotated[str, typer.Option(help=MODEL_HELP)] = "resnet50",
    engine: Annotated[
        str,
        typer.Option(metavar="WORDS", help=f"How both arms compute: {ENGINE_HELP}."),
    ] = "",
    remote_engine: Annotated[
        str | None,
        typer.Option(metavar="WORDS", help="How the remote arm computes, if otherwise."),
    ] = None,
    images: Annotated[
        str,
        typer.Option(
            "--input", metavar="synthetic|synthetic-files|DIR", help="DIR has JPEG and PNG files."
        ),
    ] = SYNTHETIC,
    codec: Annotated[
        str,
        typer.Option(
            help=f"How a batch is sent: {', '.join(CODECS)}.",
            autocompletion=complete_from(tuple(CODECS)),
        ),
    ] = config.CODEC,
    preprocess: Annotated[
        str | None,
        typer.Option(
            metavar="client|worker",
            help="Where files are decoded and resized; jpeg: the worker.",
        ),
    ] = None,
    image_size: Annotated[
        int | None,
        typer.Option(help="Side of the images in pixels; as the model has it, for smoke 64."),
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
    timeout: Annotated[
        int, typer.Option(help="Seconds after which a silent worker is lost.")
    ] = config.TIMEOUT_S,
    comment: Annotated[str, typer.Option(help="A line for the page.")] = "",
    anonymous: Annotated[
        bool,
        typer.Option("--anonymous", help="Keep no address of a worker in the run."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be measured.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print the run's folder only.")] = False,
) -> None:
    """Measure both placements; the last line of standard output is the run's folder.

    Example: scalebench measure --preset smoke
    """
    from bench.engine.available import check_available
    from bench.engine.image_files import check_files
    from bench.engine.models import check_model, default_image_size
    from bench.host.cores import physical_cores
    from bench.measure.request import MeasureRequest, check_request

    check_model(model)
    place = default_preprocess(codec) if preprocess is None else preprocess
    check_codec(codec, place)
    if images == SYNTHETIC and sends_files(codec):
        images = SYNTHETIC_FILES
    folder_of_images = None if images in (SYNTHETIC, SYNTHETIC_FILES) else Path(images)
    address = config.parse_address(worker, "--worker") if worker is not None else None
    keys_of_client = client_keys(worker, keys, server_key)
    budget = config.make_budget(preset, minutes)
    experiment = config.make_experiment(
        budget=budget,
        core_count=len(physical_cores()),
        model=model,
        image_size=default_image_size(model, smoke=budget.preset == config.SMOKE)
        if image_size is None
        else image_size,
        batch_sizes=batch_sizes,
        threads=threads,
        seed=seed,
        allocator=allocator,
        worker=address,
        weights=weights,
        engine=engine,
        remote_engine=remote_engine,
        timeout_s=timeout,
        encryption=CURVE if keys_of_client else PLAIN,
        codec=codec,
        images=images if folder_of_images is None else check_files(folder_of_images),
        preprocess=place,
    )
    request = MeasureRequest(
        experiment=experiment,
        budget=budget,
        data=data,
        worker=address,
        machine=machine,
        run=run,
        new=new,
        comment=comment,
        weights_path=weights,
        input_path=folder_of_images,
        anonymous=anonymous,
        keys=keys_of_client,
    )
    check_request(request)
    check_available(experiment.engines.local, "--engine")
    if address is None:
        check_available(experiment.engines.remote, "--remote-engine")
    if dry_run:
        _print_plan(request)
        return
    # Imported only now, so that wrong options are refused at once.
    from bench.cli.progress import ProgressReport
    from bench.pipeline.measure import measure as run_measure

    report = ProgressReport(experiment, quiet=quiet)
    try:
        with interruptible():
            folder = run_measure(request, report)
    except KeyboardInterrupt:
        raise Interrupted(
            "interrupted; complete blocks are kept, the same command goes on from there."
        ) from None
    finally:
        report.close()
    if not quiet:
        from bench.cli.conclusion import print_conclusion

        print_conclusion(folder)
    typer.echo(folder)


def _print_plan(request: "MeasureRequest") -> None:
    from bench.cli.progress import plan_lines
    from bench.measure.duration import probed_block_seconds, request_bytes
    from bench.page.lede import what_blocks_say
    from bench.text.numbers import duration_words

    experiment, budget = request.experiment, request.budget
    for cell in experiment.cells:
        size = request_bytes(experiment, cell.batch_size)
        typer.echo(f"batch {cell.batch_size:2d}  threads {cell.threads:2d}  {size} bytes a request")
    for line in plan_lines(experiment, budget, 0):
        typer.echo(line)
    block_s = probed_block_seconds(request)
    if budget.minutes is not None:
        count = max(1, int(60 * budget.minutes / block_s))
        typer.echo(f"about {counted(count, 'block')} (from a probe on this machine)")
        typer.echo(what_blocks_say(count))
    else:
        duration = duration_words(budget.max_blocks * block_s)
        typer.echo(f"about {duration} (from a probe on this machine)")
