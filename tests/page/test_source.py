"""What a page says of an imported run."""

import json
from dataclasses import replace
from typing import Any

from bench.records import RunInfo
from tests.charts.factory import make_summary, unmeasured
from tests.charts.test_imported import as_imported
from tests.page.factory import make_context, make_info

SOURCE = {
    "format": "packrat",
    "choice": {
        "column": "allocator",
        "remote": "tcmalloc",
        "local": "default",
        "where": {"instance_id": ["0", "1"]},
    },
    "date": "2023-05-31",
    "origin": "A study of allocators, https://example.org/study",
    "files": [{"role": "latency", "name": "resnet_latency.csv", "sha256": "ab" * 32}],
}


def make_imported(**changes: Any) -> tuple[RunInfo, dict[str, Any]]:
    info = make_info(source={**SOURCE, **changes}, client={}, worker={})
    summary = make_summary(
        change=lambda cell: unmeasured(cell) if cell.batch_size in (2, 4) else as_imported(cell)
    )
    summary = replace(summary, names={"local": "default", "remote": "tcmalloc"})
    return info, make_context(info, summary)


def test_it_is_called_imported_in_banner_and_list_and_nowhere_exploratory() -> None:
    _, context = make_imported()
    assert context["notice"]["kind"] == context["listing"]["kind"] == "imported"
    assert context["answer"].startswith("By the means of another study, tcmalloc takes ")
    assert " than default, in the median of 10 cells (from " in context["answer"]
    assert context["verdicts"] == ""
    assert "exploratory" not in json.dumps(context)
    assert {figure["tone"] for figure in context["headline"]} == {""}
    assert context["headline"][-2]["label"] == "cells imported"
    words = [word["word"] for word in context["legend"]]
    assert words == ["imported", "not measured"]


def test_its_facts_are_its_source_and_no_plan_or_machine_is_made_up() -> None:
    _, context = make_imported()
    assert [group["title"] for group in context["facts"]] == ["Run", "Source"]
    pairs = {name: value for group in context["facts"] for name, value in group["pairs"]}
    assert pairs["Cells"] == "10 of 14 shown"
    assert pairs["Compared"] == "tcmalloc against default"
    assert pairs["Distinguished by"] == "allocator"
    assert pairs["Study"] == "A study of allocators, https://example.org/study"
    assert pairs["Measured on"] == "2023-05-31"
    assert pairs["Only instance_id"] == "0, 1"
    assert pairs["Latency file"] == "resnet_latency.csv"
    assert pairs["Imported"] == "2024-05-31 12:34 UTC"
    assert "unknown" not in pairs.values()


def test_it_speaks_of_its_own_two_arms_and_is_dated_when_it_was_measured() -> None:
    _, context = make_imported()
    assert context["heading"].startswith("ResNet50: tcmalloc against default, ")
    assert context["arms"] == {"local": "default", "remote": "tcmalloc"}
    assert context["date"] == context["listing"]["date"] == "2023-05-31"
    assert context["citation"].startswith(context["heading"])
    assert "Imported from A study of allocators, https://example.org/study" in context["citation"]
    said = json.dumps({name: context[name] for name in ("answer", "crossover", "headline")})
    assert "tcmalloc" in said
    assert "remote" not in said
    captions = [image["caption"] for image in context["images"].values()]
    assert not any("remote" in caption or "local" in caption for caption in captions)


def test_its_headline_is_of_all_cells_and_not_of_the_most_threads() -> None:
    _, context = make_imported()
    latency, throughput = context["listing"]["figures"]
    assert latency["metric"] == "latency loss of tcmalloc"
    assert throughput["metric"] == "throughput loss of tcmalloc"
    assert {latency["cell"], throughput["cell"]} == {"median of 10 cells"}
    assert latency["verdict"] == "imported"
    assert latency["value"].strip("+−") in context["answer"]


def test_hostile_names_of_its_source_become_one_line() -> None:
    _, context = make_imported(format="a\nb" + "x" * 500)
    (value,) = (v for g in context["facts"] for k, v in g["pairs"] if k == "Format")
    assert "\n" not in value
    assert len(value) <= 120
