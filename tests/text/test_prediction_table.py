"""A prediction as people and programs read it."""

import csv
import io

import pytest

from bench.records import Cell
from bench.stats.break_even import BreakEven
from bench.stats.estimate import Estimate
from bench.stats.prediction import MEASURED, Prediction, Scenario
from bench.text.numbers import TIMES
from bench.text.prediction_table import (
    COLUMNS,
    break_even_rows,
    break_even_sheet,
    format_prediction_csv,
    format_prediction_markdown,
    prediction_rows,
    prediction_sheets,
    remarks,
)


def around(point: float, half: float) -> Estimate:
    return Estimate(point, point - half, point + half, 0.95, 10)


CELL = Cell(batch_size=4, threads=2)
NOW = Prediction(CELL, 10, around(100e6, 1e6), around(2e6, 0.1e6), around(2.0, 0.1), around(2, 1))
THEN = Prediction(CELL, 10, around(50e6, 1e6), around(21.6e6, 0.2e6), around(21.6, 0.2), None)
NOTHING = Prediction(CELL, 10, None, None, None, None)
FOUND = [
    BreakEven(Scenario(rate_mbps, speedup=speedup), 2, size)
    for rate_mbps, sizes in ((None, (None, 1)), (1000.0, (None, 16)))
    for speedup, size in zip((1.0, 2.5), sizes, strict=True)
]


def test_each_figure_has_a_table_of_what_was_measured_and_what_is_predicted() -> None:
    latency, overhead, loss = prediction_sheets([NOW, NOW], [THEN, NOTHING])
    assert latency.rows == [
        ("4", "2", "100.0", "50.00 (49.00 to 51.00)"),
        ("4", "2", "100.0", ""),
    ]
    assert overhead.rows[0] == ("4", "2", "2.000", "21.60 (21.40 to 21.80)", "21.6 (21.4 to 21.8)")
    assert loss.rows[0] == ("4", "2", "+2.0", "")
    assert prediction_sheets([NOW], [NOW])[2].rows[0][-1] == "+2.0 (+1.0 to +3.0)"
    for sheet in (latency, overhead, loss):
        assert {len(row) for row in sheet.rows} == {len(sheet.columns)}


def test_a_row_for_programs_has_what_was_asked_for_in_the_units_of_its_columns() -> None:
    scenario = Scenario(1000, 2e5, 150_528, 5)
    (text,) = csv.DictReader(
        io.StringIO(format_prediction_csv(prediction_rows(scenario, [NOW], [THEN])))
    )
    assert tuple(text) == COLUMNS
    numbers = {name: float(text[name]) for name in COLUMNS if text[name]}
    assert [numbers[name] for name in ("link_mbps", "rtt_ms", "image_bytes", "speedup")] == [
        *(1000, 0.2, 150_528, 5)
    ]
    assert numbers["measured_latency_ms"] == 100
    assert [numbers[f"latency_ms{end}"] for end in ("", "_low", "_high")] == [50, 49, 51]
    assert [numbers[f"overhead{end}"] for end in ("_percent", "_low", "_high")] == pytest.approx(
        [21.6, 21.4, 21.8]
    )
    assert numbers["measured_latency_loss_percent"] == 2
    assert text["latency_loss_percent"] == text["latency_loss_low"] == ""


def test_a_row_is_a_link_and_a_column_a_speed_up() -> None:
    sheet = break_even_sheet(FOUND, "loopback")
    assert sheet.columns == ("link", f"1{TIMES}", f"2.5{TIMES}")
    assert sheet.rows == [("loopback", "never", "from 1"), ("1 Gbit/s", "never", "from 16")]
    assert sheet.title.endswith("with 2 threads")
    assert break_even_rows(FOUND)[-1] == {"link_mbps": 1000, "speedup": 2.5, "batch_size": 16}


def test_the_first_sentence_says_what_is_predicted() -> None:
    scenario = Scenario(2500, 2e5, 150_528, 5)
    assert remarks(scenario, "loopback", [1, 8])[0] == (
        "Predicted from the run's own blocks: over 2.5 Gbit/s, with a round trip of 0.2 ms, with "
        "147 KiB for each image, with a worker that computes 5 times as fast."
    )
    assert remarks(MEASURED, "loopback", [1, 8]) == [
        "Predicted from the run's own blocks: over loopback."
    ]


@pytest.mark.parametrize(
    ("scenario", "sizes", "model", "bytes_only", "one_size"),
    [
        (Scenario(speedup=5), (1,), False, False, False),
        (Scenario(1000), (1, 8), True, False, False),
        (Scenario(1000), (8, 8), True, False, True),
        (Scenario(image_bytes=1000), (8,), True, True, False),
    ],
)
def test_the_sentences_say_what_the_prediction_leaves_out(
    scenario: Scenario,
    sizes: tuple[int, ...],
    *,
    model: bool,
    bytes_only: bool,
    one_size: bool,
) -> None:
    said = " ".join(remarks(scenario, "loopback", sizes))
    assert ("headers included" in said) == model
    assert ("time to encode, decode and preprocess stays" in said) == bytes_only
    assert ("one batch size" in said) == one_size


def test_markdown_has_the_sentences_and_every_table() -> None:
    sheets = [*prediction_sheets([NOW], [THEN]), break_even_sheet(FOUND, "loopback")]
    text = format_prediction_markdown(sheets, ["One.", "Two."])
    assert text.startswith("One. Two.\n\n### remote latency, ms\n\n| batch |")
    assert text.count("\n### ") == 4
    assert "| 1 Gbit/s | never | from 16 |\n" in text
