"""What ``measure`` prints at its end, once it has measured."""

import shlex
from pathlib import Path

import typer

from bench import config
from bench.cli.terminal import pooled_text, print_summary
from bench.page.facts import passes_words
from bench.page.lede import SMOKE, answer, blocks_words, overhead_answer, undecided_words
from bench.page.page import run_kind
from bench.pipeline.results import load_results
from bench.publish import page_key
from bench.stats.cells import Summary
from bench.stats.estimate import MIN_OVERHEAD_BLOCKS
from bench.store.run import Run
from bench.text.numbers import counted


def print_conclusion(path: Path) -> None:
    """Print what a run found, what counted, and what to do next."""
    run, results = load_results(path)
    summary = results.summary
    kind = run_kind(run.info, summary)
    print_summary(summary, pooled=False)
    typer.echo()
    engines = run.info.experiment.engines
    overhead_text = "" if kind == SMOKE else overhead_answer(summary, run.info.experiment)
    typer.echo(answer(run.info, summary, kind)[0].replace("−", "-"))
    if overhead_text and engines.unequal:
        typer.echo(overhead_text.replace("−", "-"))
    if overhead_text and (pooled := pooled_text(summary, blocks=False)):
        typer.echo(pooled)
    if overhead_text and (undecided := undecided_words(summary)):
        typer.echo(undecided.replace("±", "+-"))
    count = summary.counted_blocks
    counts = f"{count} of {counted(len(run.records), 'block')} count{'s' * (count == 1)}"
    effort = f"; {passes_words(results.effort.time_spent)}" if results.effort else ""
    too_few = f" {blocks_words(summary)}" if kind != SMOKE and count < MIN_OVERHEAD_BLOCKS else ""
    typer.echo(f"{counts}{effort}.{too_few}")
    typer.echo(f"next: {_next_step(run, summary)}")


def _next_step(run: Run, summary: Summary) -> str:
    """Return one command that helps now, and what it does."""
    experiment = run.info.experiment
    if experiment.smoke or summary.counted_blocks >= MIN_OVERHEAD_BLOCKS:
        place = "/".join(page_key(run.info))
        return f"'scalebench report {shlex.quote(str(run.path))}' writes the page to site/{place}/"
    if run.budget is not None and run.budget.minutes is not None:
        return "the same command goes on, since too few blocks count"
    if len(run.records) < config.BUDGETS["standard"].block_limit:
        return "the same command with --preset standard goes on, since too few blocks count"
    return "'scalebench doctor' says what disturbs this host, since too few blocks count"
