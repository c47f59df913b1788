"""The commands that take another study's results."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench.cli.app import Commands, app
from bench.errors import UsageError

if TYPE_CHECKING:
    from bench.store.aggregates import Choice

importer = typer.Typer(cls=Commands, no_args_is_help=True)
app.add_typer(importer, name="import")


@importer.callback()
def options() -> None:
    """Make a run of another study's results.

    Example: scalebench import packrat --help
    """


@importer.command()
def packrat(
    latency_csv: Annotated[Path, typer.Argument(metavar="LATENCY_CSV")],
    throughput_csv: Annotated[Path, typer.Argument(metavar="THROUGHPUT_CSV")],
    machine: Annotated[str, typer.Option(help="Name of the machine in data/.")],
    run: Annotated[str, typer.Option(help="Name of the run.")],
    data: Annotated[Path, typer.Option(help="Folder of the runs.")] = Path("data"),
    model: Annotated[
        str, typer.Option(help="What was measured; it begins with the word in the files.")
    ] = "resnet50",
    arms: Annotated[
        str,
        typer.Option(
            metavar="COLUMN=REMOTE/LOCAL", help="Which values of a column are the two arms."
        ),
    ] = "placement=remote/local",
    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=VALUE",
            help="Keep these rows only; may be repeated, also for one column.",
        ),
    ] = None,
    comment: Annotated[str, typer.Option(help="A line for the page.")] = "",
    date: Annotated[
        str, typer.Option(metavar="YYYY-MM-DD", help="The day when the study measured.")
    ] = "",
    source: Annotated[
        str, typer.Option(metavar="TEXT", help="Where the study is: a title, an address.")
    ] = "",
) -> None:
    """Import the origin study's latency and throughput files.

    The words of a benchmark such as resnet_remote_script are also columns:
    model, placement and optimization. Files without placements need --arms,
    such as --arms allocator=tcmalloc/default.

    Such files have a mean, a least and a greatest latency for each
    configuration, so the run has losses but no interval and no verdict.

    Example: scalebench import packrat resnet_latency.csv
    resnet_throughput.csv --machine skylake2x --run local-vs-remote-mem
    """
    from bench.importing.stage import ImportRequest, import_packrat

    request = ImportRequest(
        latency_csv=latency_csv,
        throughput_csv=throughput_csv,
        data=data,
        machine=machine,
        run=run,
        model=model,
        choice=_parse_choice(arms, where or []),
        comment=comment,
        date=date,
        source=source,
    )
    typer.echo(import_packrat(request))


def _parse_choice(arms: str, where: list[str]) -> "Choice":
    from bench.store.aggregates import Choice

    column, _, values = arms.partition("=")
    remote, slash, local = values.partition("/")
    if not (column and remote and slash and local) or remote == local:
        raise UsageError(
            f"--arms: {arms!r} is not COLUMN=REMOTE/LOCAL; give one such as placement=remote/local."
        )
    filters: dict[str, list[str]] = {}
    for each in where:
        name, equals, value = each.partition("=")
        if not (name and equals and value):
            raise UsageError(
                f"--where: {each!r} is not COLUMN=VALUE; give one such as topology=sequential."
            )
        filters.setdefault(name, []).append(value)
    return Choice(column=column, remote=remote, local=local, where=filters)
