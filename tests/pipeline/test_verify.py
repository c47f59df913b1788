"""Verify finds whatever was changed in what visitors see, and says it in one line."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageOps, PngImagePlugin

from bench.errors import DataError
from bench.pipeline.report import report
from bench.pipeline.verify import verify
from tests.page.factory import make_info
from tests.store.factory import make_run

BLOCKS = 10
PAGE = Path("stub/m/r")
Spoil = Callable[[Path, Path], object]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a run in ``data/m/r`` and its page in ``site``."""
    root = tmp_path_factory.mktemp("published")
    (root / "site").mkdir()
    (root / "site" / "_config.yml").touch()
    make_run(root / "data/m/r", BLOCKS, machine="m")
    report([], root / "data", root / "site")
    return root


@pytest.fixture
def copy(published: Path, tmp_path: Path) -> Path:
    """Return a copy that a test may change."""
    return shutil.copytree(published, tmp_path / "copy")


def differences(root: Path, path: Path) -> list[str]:
    return verify(root / path, root / "site").differences


def change_digit(path: Path) -> None:
    """Change the last digit of the first number with a fraction."""
    text = path.read_text()
    found = re.search(r"\d\.\d+", text)
    assert found
    last = found.end() - 1
    path.write_text(f"{text[:last]}{(int(text[last]) + 1) % 10}{text[last + 1 :]}")


def negate(path: Path) -> None:
    """Negate a picture; the values that it carries stay."""
    info = PngImagePlugin.PngInfo()
    with Image.open(path) as picture:
        assert isinstance(picture, PngImagePlugin.PngImageFile)
        for name, text in picture.text.items():
            info.add_text(name, text)
        ImageOps.invert(picture.convert("RGB")).save(path, pnginfo=info)


def replace_word(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def drop_list(site: Path) -> None:
    (site / "_data/scalebench/runs.json").unlink()


SPOILED: dict[str, tuple[Callable[[Path], object], str]] = {
    "front page": (lambda site: change_digit(site / "_data/scalebench/runs.json"), "runs.json[0]."),
    "front page lost": (drop_list, "runs.json is missing"),
    "history": (
        lambda site: change_digit(site / "_data/scalebench/history/stub/m.json"),
        "m.json.",
    ),
    "page data": (
        lambda site: replace_word(site / "_data/scalebench/pages/stub/m/r.json", '"10"', '"11"'),
        "r.json details[",
    ),
    "text": (
        lambda site: replace_word(site / PAGE / "index.markdown", "latency-1.png", "latency-2.png"),
        "index.markdown[",
    ),
    "pixels": (lambda site: negate(site / PAGE / "stub-latency-1.png"), "stub-latency-1.png: is"),
    "summary": (lambda site: change_digit(site / PAGE / "data/summary.csv"), "data/summary.csv["),
    "pooled": (lambda site: change_digit(site / PAGE / "data/pooled.csv"), "data/pooled.csv["),
}


def test_what_was_published_is_what_the_rows_say(published: Path) -> None:
    for path in (Path("data/m/r"), "site" / PAGE):
        found = verify(published / path, published / "site")
        assert found.differences == []
        assert found.checked_count > 1000


@pytest.mark.parametrize("place", SPOILED)
def test_one_change_anywhere_is_one_line(copy: Path, place: str) -> None:
    spoil, words = SPOILED[place]
    spoil(copy / "site")
    for path in (Path("data/m/r"), "site" / PAGE):
        (line,) = differences(copy, path)
        assert words in line


def test_a_missing_block_is_one_line_and_nothing_that_follows_from_it(copy: Path) -> None:
    (copy / "site" / PAGE / "data/block-010.parquet").unlink()
    (line,) = differences(copy, Path("data/m/r"))
    assert line.endswith("site/stub/m/r/data/block-010.parquet is missing")
    (copy / "data/m/r/block-009.parquet").unlink()
    lost, other = differences(copy, Path("data/m/r"))
    assert lost == line
    assert other.endswith("data/m/r/block-009.parquet is missing")


def test_a_block_replaced_by_another_good_one_is_told_as_a_file(copy: Path, tmp_path: Path) -> None:
    make_run(tmp_path / "other", BLOCKS, machine="m", seed=2)
    shutil.copy(tmp_path / "other/block-003.parquet", copy / "site" / PAGE / "data")
    (line,) = differences(copy, Path("data/m/r"))
    assert "block-003.parquet: is 'another file'" in line


def test_a_damaged_block_is_an_error_with_a_remedy(copy: Path) -> None:
    block = copy / "data/m/r/block-003.parquet"
    block.write_bytes(block.read_bytes()[:300])
    with pytest.raises(DataError, match=r"block-003\.parquet.*restore it"):
        differences(copy, Path("data/m/r"))


def test_every_file_that_is_gone_is_a_line(copy: Path) -> None:
    gone = ["data/summary.csv", "stub-latency-1.png", "more-speedup.png"]
    for name in gone:
        (copy / "site" / PAGE / name).unlink()
    lines = differences(copy, Path("data/m/r"))
    assert all(line.endswith(f"{name} is missing") for name, line in zip(gone, lines, strict=True))


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, int]]:
    """Count how often rows are decoded and reduced; pictures are left out."""
    counts = {"decoded": 0, "reduced": 0}

    def count(name: str, target: str) -> None:
        module, _, function = target.rpartition(".")
        wrapped = getattr(__import__(module, fromlist=[function]), function)

        def counting(*arguments: object, **options: object) -> object:
            counts[name] += 1
            return wrapped(*arguments, **options)

        monkeypatch.setattr(target, counting)

    count("decoded", "bench.store.run.read_rows")
    count("reduced", "bench.stats.blocks._reduce")
    monkeypatch.setattr("bench.pipeline.report.render_all", lambda _: {})
    yield counts
    assert counts == {"decoded": BLOCKS, "reduced": BLOCKS}


def test_a_report_decodes_and_reduces_each_block_once(copy: Path, counted: dict[str, int]) -> None:
    report([copy / "data/m/r"], copy / "data", copy / "site")
    assert counted["decoded"] == BLOCKS


def test_a_verification_decodes_and_reduces_each_block_once(
    copy: Path, counted: dict[str, int]
) -> None:
    assert differences(copy, Path("data/m/r")) == []
    assert counted["decoded"] == BLOCKS


def test_a_block_that_is_not_planned_is_refused(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", 1, experiment=make_info("stub:10", (1,)).experiment)
    folder.block_path(1).rename(folder.block_path(7))
    with pytest.raises(DataError, match=r"block-007\.parquet is not in the schedule"):
        report([folder.path], tmp_path, _site(tmp_path))


def _site(root: Path) -> Path:
    (root / "site").mkdir()
    (root / "site" / "_config.yml").touch()
    return root / "site"


def test_page_data_has_the_digest_of_each_picture(published: Path) -> None:
    data = json.loads((published / "site/_data/scalebench/pages/stub/m/r.json").read_text())
    pictures = {path.name for path in (published / "site" / PAGE).glob("*.png")}
    assert data["pictures"].keys() == pictures
