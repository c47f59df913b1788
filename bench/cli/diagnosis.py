"""A diagnosis for people: the facts of a host, then what would disturb a measurement."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bench.host.health import Finding
from bench.records import Facts


def print_diagnosis(name: str, facts: Mapping[str, Facts], findings: Sequence[Finding]) -> None:
    """Print one host: each fact on one line, each finding with its reason and remedy."""
    console = Console(highlight=False)
    console.print(Text(name, style="bold"))
    for kind, group in facts.items():
        console.print(Text(kind, style="bold"))
        table = Table(box=None, show_header=False, padding=(0, 1, 0, 1))
        table.add_column(style="dim", no_wrap=True, min_width=max(map(len, group)))
        table.add_column(no_wrap=True, overflow="ellipsis")
        for key, value in group.items():
            if not key.endswith("_missing"):
                table.add_row(key, _said(value, group.get(f"{key}_missing")))
        console.print(table)
    console.print(Text("what would disturb a measurement", style="bold"))
    warnings = sum(not finding.ok for finding in findings)
    for finding in findings:
        mark = Text(" ok      ", "green") if finding.ok else Text(" warning ", "bold yellow")
        console.print(mark + Text(f"{finding.name}: {finding.reason}"), soft_wrap=True)
        if finding.remedy:
            console.print(Text(f"         helps: {finding.remedy}"), soft_wrap=True)
    console.print(f" {len(findings)} points looked at, {warnings} with a warning\n")


def _said(value: object, missing: object) -> Text:
    if value is None:
        return Text(f"not told: {missing}", "dim")
    if isinstance(value, dict):
        value = ", ".join(f"{name} {said}" for name, said in value.items())
    elif isinstance(value, list):
        value = ", ".join(map(str, value))
    return Text(" ".join(str(value).split()))
