"""Images of the user, and how they are sent: each codec through the whole chain."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bench.codec.images import encode_jpeg
from bench.engine.image_files import SUFFIXES, check_files, file_pool
from bench.errors import HostError, UsageError
from bench.stats.columns import OPTIONAL_STAMPS
from bench.store.run import load_run
from tests.cli.command import SMALL, STUB, scalebench, succeed
from tests.codec.pictures import encoded, png_that_claims, ramp

SIDE = 32
PIXELS = SIDE * SIDE * 3
COUNT = 7
PLACES = [
    ("float32", "client", 4 * PIXELS),
    ("float16", "client", 2 * PIXELS),
    ("uint8", "client", PIXELS),
    ("jpeg", "client", None),
    ("jpeg", "worker", None),
]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Return a folder of images of several sizes, JPEG and PNG, and of other files."""
    folder = tmp_path / "photos"
    (folder / "more").mkdir(parents=True)
    random = np.random.default_rng(1)
    for number in range(COUNT):
        pixels = ramp(40 + number, 50) // (1 + number)
        pixels[..., number % 3] = random.integers(0, 256)
        name, file = (
            (f"more/{number}.PNG", encoded(pixels))
            if number % 2
            else (f"{number}.jpg", encode_jpeg(pixels, 90))
        )
        (folder / name).write_bytes(file)
    (folder / "notes.txt").write_text("no image")
    return folder


def rows_of(folder: Path) -> pd.DataFrame:
    """Return the rows of the only block of a run."""
    return pd.read_parquet(folder / "block-001.parquet")


@pytest.mark.parametrize(("codec", "place", "image_bytes"), PLACES)
def test_both_arms_preprocess_the_files_of_a_folder_and_agree(
    photos: Path, tmp_path: Path, codec: str, place: str, image_bytes: int | None
) -> None:
    done = succeed(
        *STUB, "--input", photos, "--codec", codec, "--preprocess", place,
        "--data", tmp_path / "data", "--quiet",
    )  # fmt: skip
    run = load_run(Path(done.stdout.strip()))
    experiment = run.info.experiment
    assert (experiment.codec, experiment.preprocess) == (codec, place)
    assert experiment.input.startswith(f"{COUNT} files, sha256:")
    answers = run.records[0].restarts[0].answers
    assert answers.images_count > 0
    rows = rows_of(run.path)
    assert set(rows.outcome) == {"ok"}
    remote, local = rows[rows.arm == "remote"], rows[rows.arm != "remote"]
    assert local.wp_ns.notna().all()
    assert remote.cp_ns.notna().all() == (place == "client")
    at_worker = codec in ("uint8", "jpeg")
    assert remote.wp_ns.notna().all() == remote.wb_ns.notna().all() == at_worker
    files = {path.stat().st_size for path in photos.rglob("*") if path.suffix.lower() in SUFFIXES}
    assert set(local.payload_bytes) <= files
    if image_bytes is not None:
        assert set(remote.payload_bytes) == {image_bytes}
    elif place == "worker":
        assert {size - 8 for size in remote.payload_bytes} <= files
    else:
        assert remote.payload_bytes.max() < PIXELS


@pytest.mark.parametrize(("codec", "place", "_bytes"), PLACES)
def test_synthetic_images_begin_as_the_codec_sends_them(
    tmp_path: Path, codec: str, place: str, _bytes: int | None
) -> None:
    done = succeed(
        *STUB, "--codec", codec, "--preprocess", place, "--data", tmp_path / "data", "--quiet"
    )
    rows = rows_of(Path(done.stdout.strip()))
    local = rows[rows.arm == "local"]
    assert set(rows.outcome) == {"ok"}
    assert local.wp_ns.notna().all() == (codec in ("uint8", "jpeg"))
    if codec in ("float32", "float16"):
        optional = [f"{name}_ns" for name in OPTIONAL_STAMPS]
        assert rows[optional].isna().to_numpy().all()


def test_synthetic_files_are_preprocessed_whatever_is_sent(tmp_path: Path) -> None:
    done = succeed(
        *STUB, "--input", "synthetic-files", "--data", tmp_path / "data", "--quiet"
    )  # fmt: skip
    rows = rows_of(Path(done.stdout.strip()))
    assert rows[rows.arm == "remote"].cp_ns.notna().all()
    assert rows[rows.arm == "local"].wp_ns.notna().all()


def test_without_a_place_jpeg_is_preprocessed_by_the_worker(tmp_path: Path) -> None:
    done = succeed(*STUB, "--codec", "jpeg", "--data", tmp_path / "data", "--quiet")
    assert load_run(Path(done.stdout.strip())).info.experiment.preprocess == "worker"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--codec", "gif"), "--codec: 'gif' is not one of float32, float16, uint8, jpeg"),
        (("--codec", "uint8", "--preprocess", "worker"), "what uint8 sends is decoded and resized"),
        (("--preprocess", "both"), "--preprocess: 'both' is not client or worker"),
        (("--input", "nowhere"), "--input: nowhere is no folder"),
    ],
)
def test_a_combination_that_makes_no_sense_is_refused_at_once(
    options: tuple[str, ...], words: str
) -> None:
    refused = scalebench(*STUB, *options)
    assert refused.returncode == UsageError.exit_code
    assert words in " ".join(refused.stderr.split())


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("cut.jpg", encode_jpeg(ramp(64, 64), 90)[:500]),
        ("text.png", b"no image"),
        ("bomb.png", png_that_claims(30_000, 30_000)),
        ("empty.jpeg", b""),
    ],
)
def test_an_image_that_cannot_be_decoded_is_named_before_anything_is_measured(
    photos: Path, tmp_path: Path, name: str, content: bytes
) -> None:
    (photos / name).write_bytes(content)
    refused = scalebench(*STUB, "--input", photos, "--data", tmp_path / "data")
    assert refused.returncode == UsageError.exit_code
    assert str(photos / name) in "".join(refused.stderr.split("\n"))
    assert not (tmp_path / "data").exists()


def test_a_folder_without_images_is_refused_with_what_would_be_one(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no image")
    refused = scalebench(*STUB, "--input", tmp_path)
    assert refused.returncode == UsageError.exit_code
    assert ".jpg or .jpeg or .png" in " ".join(refused.stderr.split())


def test_other_images_make_another_run(photos: Path, tmp_path: Path) -> None:
    measure = (*STUB, "--input", photos, "--data", tmp_path / "data", "--quiet")
    first, again = (succeed(*measure).stdout for _ in range(2))
    (photos / "0.jpg").write_bytes(encode_jpeg(ramp(50, 50), 90))
    other = succeed(*measure).stdout
    assert first == again
    assert other != first


def test_the_page_says_what_was_sent_and_gives_the_loss_without_preprocessing(
    photos: Path, tmp_path: Path
) -> None:
    run = succeed(
        "measure", "--preset", "quick", "--model", "stub:1", *SMALL[2:], "--input", photos,
        "--codec", "uint8", "--data", tmp_path / "data", "--quiet",
    ).stdout.strip()  # fmt: skip
    site = tmp_path / "site"
    site.mkdir()
    (site / "_config.yml").write_text("title: x\n")
    succeed("report", run, "--site", site)
    (text,) = site.rglob("answer.txt")
    assert "remote with pixels of uint8 adds" in text.read_text()
    assert "Preprocessing, which is not in this, takes" in text.read_text()


def test_images_that_change_in_the_middle_of_a_run_are_noticed(photos: Path) -> None:
    identity = check_files(photos)
    assert len(file_pool(photos, identity).batch(0, 64)) == 64
    (photos / "0.jpg").write_bytes(encode_jpeg(ramp(50, 50), 90))
    with pytest.raises(HostError, match="and were 7 files, sha256:"):
        file_pool(photos, identity)
