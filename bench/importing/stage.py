"""The importing stage: another study's files become a run that is reported like any other."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pandas as pd

from bench import config
from bench.errors import DataError, UsageError
from bench.importing.packrat import read_packrat
from bench.records import (
    CellLengths,
    Engines,
    EngineSpec,
    Experiment,
    Facts,
    Load,
    RunInfo,
    SegmentLength,
)
from bench.store.aggregate_file import write_aggregates
from bench.store.aggregates import (
    Choice,
    Chosen,
    benchmark_words,
    choose_rows,
)
from bench.store.checks import MAX_CELLS
from bench.store.folder import RUN_FILE, RunFolder
from bench.store.lock import check_unlocked
from bench.store.schema import SCHEMA_VERSION

PACKRAT = "packrat"
_UNKNOWN = "unknown"
_NOTHING = SegmentLength(latency_count=0)


@dataclass(frozen=True)
class ImportRequest:
    """The arguments of ``import``; ``date`` and ``source`` are of the study, where known."""

    latency_csv: Path
    throughput_csv: Path
    data: Path
    machine: str
    run: str
    model: str
    choice: Choice
    comment: str = ""
    date: str = ""
    source: str = ""


def import_packrat(request: ImportRequest) -> Path:
    """Store both files' rows as a run and return its folder; a second import changes no byte.

    Raises
    ------
    UsageError
        If a name, a date, or what was chosen, cannot be used.
    DataError
        If a file is broken, its rows are ambiguous or of another model, or the run is there
        already with other content.
    """
    config.check_name(request.machine, "--machine")
    config.check_name(request.run, "--run")
    _check_date(request.date)
    rows, files = read_packrat(request.latency_csv, request.throughput_csv)
    chosen = choose_rows(rows, request.choice)
    _check_model(rows, request)
    info = _make_info(request, rows, chosen, files)
    folder = RunFolder(request.data / request.machine / request.run)
    check_unlocked(folder.path)
    if (folder.path / RUN_FILE).exists():
        _check_same(folder, info)
    else:
        folder.create(info)
    write_aggregates(folder, rows)
    return folder.path


def _check_date(text: str) -> None:
    try:
        if text:
            date.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"--date: {text!r} is not a date; write when it was measured, such as 2023-05-31."
        ) from None


def _check_model(rows: pd.DataFrame, request: ImportRequest) -> None:
    """Refuse numbers of one model under the name of another."""
    words = benchmark_words(rows)
    for column, values in request.choice.where.items():
        words = words[words[column].astype(str).isin(values)]
    for name in sorted(words["model"].unique()):
        if not request.model.casefold().startswith(str(name).casefold()):
            raise DataError(
                f"{request.latency_csv} has rows of {name!r}, which is not {request.model!r}: name "
                f"the model with --model, or leave rows out with --where model=..."
            )


def _make_info(
    request: ImportRequest, rows: pd.DataFrame, chosen: Chosen, files: list[Facts]
) -> RunInfo:
    choice = request.choice
    sizes = {*config.BATCH_SIZES, *(int(size) for size in chosen.rows.batch_size.unique())}
    batch_sizes = tuple(sorted(sizes))
    threads = tuple(sorted(int(count) for count in chosen.rows.threads.unique()))
    if len(batch_sizes) * len(threads) > MAX_CELLS:
        raise DataError(
            f"{request.latency_csv} has {len(batch_sizes)} batch sizes and {len(threads)} thread "
            f"counts, and a run has at most {MAX_CELLS} cells; keep fewer rows with --where."
        )
    engine = EngineSpec(
        model=request.model,
        weights=_UNKNOWN,
        device=_UNKNOWN,
        precision=_UNKNOWN,
        memory_format=_UNKNOWN,
        mode=_UNKNOWN,
    )
    return RunInfo(
        schema_version=SCHEMA_VERSION,
        machine=request.machine,
        run=request.run,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        comment=request.comment,
        experiment=Experiment(
            engines=Engines(local=engine, remote=engine),
            codec=_UNKNOWN,
            input=_UNKNOWN,
            load=Load(in_flight_count=1),
            image_size=0,
            batch_sizes=batch_sizes,
            threads=threads,
            seed=0,
            allocator=_UNKNOWN,
            worker=_UNKNOWN,
            lengths=(CellLengths(local=_NOTHING, remote=_NOTHING),) * len(batch_sizes),
            timeout_s=0,
            smoke=False,
        ),
        client={},
        worker={},
        placement=_placement(rows, choice),
        source={
            "format": PACKRAT,
            "choice": msgspec.to_builtins(choice),
            "files": files,
            **({"date": request.date} if request.date else {}),
            **({"origin": request.source} if request.source else {}),
        },
        code_digest=_UNKNOWN,
    )


def _placement(rows: pd.DataFrame, choice: Choice) -> dict[str, str]:
    """Return what local and remote were, in the words of the files."""
    words = benchmark_words(rows)
    placement = {}
    for arm, value in (("local", choice.local), ("remote", choice.remote)):
        benchmarks = sorted(words.benchmark[words[choice.column].astype(str) == value].unique())
        placement[arm] = (
            f"rows whose {choice.column} is {value!r} (benchmark {', '.join(benchmarks)}): "
            "imported, not measured by this tool; the files say no more"
        )
    return placement


def _check_same(folder: RunFolder, info: RunInfo) -> None:
    stored = folder.info
    same = msgspec.structs.replace(
        info, created_at=stored.created_at, schema_version=stored.schema_version
    )
    if stored != same:
        raise DataError(
            f"{folder.path} is there already and is not this import; give another --run."
        )
