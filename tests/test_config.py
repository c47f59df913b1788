"""Flags become one frozen experiment, or an error that says what to type instead."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.config import (
    BATCH_SIZES,
    BUDGETS,
    IN_FLIGHT,
    MAX_BATCH_SIZE,
    check_name,
    default_threads,
    make_budget,
    make_experiment,
    parse_address,
    parse_counts,
    parse_engine,
    segment_lengths,
    weights_identity,
)
from bench.errors import HostError, UsageError
from bench.records import EngineSpec, Experiment, Placement

QUICK = make_budget("quick")


def experiment(**flags: object) -> Experiment:
    known = {"budget": QUICK, "core_count": 4, "model": "resnet50", **flags}
    return make_experiment(**known)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("", {}),
        ("cpu,float32,contiguous,eager", {}),
        ("channels_last, bfloat16", {"memory_format": "channels_last", "precision": "bfloat16"}),
        ("cuda:1,float16", {"device": "cuda:1", "precision": "float16"}),
        ("mps", {"device": "mps"}),
        ("compile", {"mode": "compile"}),
    ],
)
def test_words_of_an_engine_come_in_any_order_and_the_rest_is_at_its_default(
    text: str, changes: dict[str, str]
) -> None:
    expected = EngineSpec(model="resnet18", weights="seeded", **changes)
    assert parse_engine(text, "--engine", "resnet18", "seeded") == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("gpu", ("'gpu' in 'gpu' is no word", "cpu or cuda or mps", "eager or compile")),
        ("cpu,cuda:x", ("'cuda:x'",)),
        ("cuda:123", ("'cuda:123'",)),
        ("CPU", ("'CPU'",)),
        ("float32,bfloat16", ("'float32' and 'bfloat16' exclude each other",)),
        ("cpu,cuda:0", ("'cpu' and 'cuda:0' exclude each other",)),
        ("cpu,cpu", ("'cpu' and 'cpu' exclude each other",)),
    ],
)
def test_what_is_no_engine_is_refused_by_its_word(text: str, words: tuple[str, ...]) -> None:
    with pytest.raises(UsageError) as refused:
        experiment(remote_engine=text)
    assert [word for word in ("--remote-engine", *words) if word not in str(refused.value)] == []


def test_the_remote_engine_is_that_of_both_unless_it_is_another() -> None:
    both = experiment(engine="bfloat16").engines
    assert both.local == both.remote
    assert both.local.precision == "bfloat16"
    one = experiment(engine="bfloat16", remote_engine="float16").engines
    assert (one.local.precision, one.remote.precision) == ("bfloat16", "float16")
    other = experiment(remote_engine="channels_last").engines
    assert other.local.memory_format == "contiguous"
    assert other.remote.memory_format == "channels_last"


@given(st.lists(st.integers(1, 10**6), min_size=1))
def test_any_list_of_counts_is_read_sorted_and_without_repeats(counts: list[int]) -> None:
    assert parse_counts(",".join(map(str, counts)), "--threads") == tuple(sorted(set(counts)))


@pytest.mark.parametrize("text", ["", "0", "1,,2", "-1", "1.5", "one", "1;2", "²", "٣", "1,0"])
def test_what_is_no_list_of_counts_is_refused_with_flag_and_text(text: str) -> None:
    with pytest.raises(UsageError, match="--threads: ") as caught:
        parse_counts(text, "--threads")
    assert repr(text) in str(caught.value)


@given(st.text())
def test_reading_counts_never_fails_in_another_way(text: str) -> None:
    try:
        counts = parse_counts(text, "--threads")
    except UsageError:
        return
    assert counts == tuple(sorted(set(counts)))
    assert counts[0] >= 1


@given(st.integers(1, 512))
def test_default_threads_rise_from_one_to_every_core(core_count: int) -> None:
    threads = default_threads(core_count)
    assert threads[0] == 1
    assert threads[-1] == core_count
    assert threads == tuple(sorted(set(threads)))


def test_default_threads_skip_steps_between_many_cores() -> None:
    assert default_threads(20) == (1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 20)


@pytest.mark.parametrize("name", ["a", "A9", "amd-epyc-2c", "x" * 64])
def test_a_name_that_is_safe_everywhere_is_kept(name: str) -> None:
    assert check_name(name, "--machine") == name


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "a b", "-a", "_a", "a.b", "é", "x" * 65, "a\n", "../x"]
)
def test_a_name_that_could_leave_its_folder_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="--machine: "):
        check_name(name, "--machine")


def test_the_defaults_measure_every_batch_size_at_every_step_up_to_the_cores() -> None:
    made = experiment()
    assert made.batch_sizes == BATCH_SIZES
    assert made.threads == (1, 2, 3, 4)
    assert made.image_size == 224
    assert made.weights == "seeded"
    assert made.worker == "embedded"
    assert made.allocator == "tuned"
    assert len(made.cells) == len(BATCH_SIZES) * 4
    assert not made.smoke


def test_smoke_shrinks_every_segment() -> None:
    smoke = experiment(budget=make_budget("smoke"))
    assert smoke.smoke
    assert {each.of(p).latency_count for each in smoke.lengths for p in Placement} == {1}


def test_segment_lengths_are_those_fixed_in_advance() -> None:
    lengths = [segment_lengths(batch_size, smoke=False) for batch_size in BATCH_SIZES]
    assert [each.local.warmup_count for each in lengths] == [1] * 7
    assert [each.local.latency_count for each in lengths] == [5, 3, 3, 1, 1, 1, 1]
    assert [each.remote.burst_count for each in lengths] == [7, 5, 3, 3, 3, 3, 3]
    assert [each.remote.latency_count for each in lengths] == [7, 5, 3, 3, 3, 3, 3]


@given(st.integers(1, MAX_BATCH_SIZE), st.booleans())
def test_every_batch_size_has_segments_that_can_be_judged(size: int, smoke: bool) -> None:  # noqa: FBT001
    lengths = segment_lengths(size, smoke=smoke)
    assert lengths.local.warmup_count >= 1
    # 1 + a multiple of the requests in flight, so that gaps between them come in equal numbers
    assert lengths.remote.burst_count % IN_FLIGHT == 1
    assert lengths.remote.burst_count >= 3
    # the median of two is a mean, which a tail moves
    assert all(lengths.of(p).latency_count in (1, 3, 5, 7) for p in Placement)


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ({"batch_sizes": "1,65"}, "--batch-sizes: 65 is above 64"),
        ({"threads": "1,5"}, "--threads: 5 is more than the 4 physical cores"),
        ({"image_size": 31}, "--image-size: 31 is outside 32..512"),
        ({"image_size": 513}, "--image-size: 513 is outside 32..512"),
        ({"image_size": 0}, "--image-size: 0 is outside"),
        ({"allocator": "best"}, "--allocator: 'best' is not one of tuned, system"),
        ({"seed": -1}, "--seed: -1 is negative"),
    ],
)
def test_a_flag_that_cannot_be_used_is_named_with_its_value(
    flags: dict[str, object], words: str
) -> None:
    with pytest.raises(UsageError) as caught:
        experiment(**flags)
    assert words in str(caught.value)


def test_an_unknown_preset_is_answered_by_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"'huge' is not one of smoke, quick, standard, full"):
        make_budget("huge")


def test_presets_measure_more_and_more_blocks() -> None:
    assert [b.max_blocks for b in BUDGETS.values()] == [1, 3, 12, 40]
    assert [b.preset for b in BUDGETS.values()] == list(BUDGETS)


def test_minutes_replace_the_number_of_blocks() -> None:
    budget = make_budget("standard", 2.5)
    assert (budget.preset, budget.max_blocks, budget.minutes) == ("standard", 1, 2.5)


@pytest.mark.parametrize("minutes", [0, -1, float("nan"), float("inf"), 10081])
def test_minutes_that_are_none_are_refused_with_what_is_possible(minutes: float) -> None:
    with pytest.raises(UsageError, match=rf"--minutes: {minutes:g} is not above 0 and at most"):
        make_budget("quick", minutes)


def test_weights_are_known_by_their_bytes(tmp_path: Path) -> None:
    path = tmp_path / "weights.pt"
    path.write_bytes(b"weights")
    expected = "sha256:" + hashlib.sha256(b"weights").hexdigest()
    assert weights_identity(path) == expected
    assert experiment(weights=path).weights == expected
    assert weights_identity(None) == "seeded"


def test_a_missing_weights_file_is_an_error_of_this_machine(tmp_path: Path) -> None:
    with pytest.raises(HostError, match=r"--weights: cannot read .*none\.pt: No such file"):
        weights_identity(tmp_path / "none.pt")


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("tcp://127.0.0.1:5555", "127.0.0.1", 5555),
        ("tcp://gpu-box:1", "gpu-box", 1),
        ("tcp://[::1]:5555", "::1", 5555),
        ("tcp://[fe80::1%eth0]:5555", "fe80::1%eth0", 5555),
    ],
)
def test_an_address_is_read_and_written_alike(text: str, host: str, port: int) -> None:
    address = parse_address(text, "--worker")
    assert (address.host, address.port) == (host, port)
    assert str(address) == text


@pytest.mark.parametrize("text", ["tcp://127.0.0.1:*", "tcp://127.0.0.1:0"])
def test_only_a_bind_may_leave_the_port_to_the_system(text: str) -> None:
    assert str(parse_address(text, "--bind", to_bind=True)) == "tcp://127.0.0.1:*"
    with pytest.raises(UsageError, match="names no port"):
        parse_address(text, "--worker")


@pytest.mark.parametrize("flag", ["--bind", "--worker"])
@pytest.mark.parametrize(
    "text",
    [
        *("", "5555", "127.0.0.1:5555", "http://127.0.0.1:5555", "tcp://", "tcp://127.0.0.1"),
        *("tcp://127.0.0.1:65536", "tcp://127.0.0.1:70000", "tcp://127.0.0.1:x", "tcp://::1:5555"),
        *("tcp://127.0.0.1:65535", "tcp://[::1:5555", "ipc:///tmp/socket"),
    ],
)
def test_what_is_no_address_of_a_worker_is_refused(flag: str, text: str) -> None:
    with pytest.raises(UsageError, match=f"{flag}: ") as caught:
        parse_address(text, flag, to_bind=flag == "--bind")
    assert repr(text) in str(caught.value)
