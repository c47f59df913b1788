"""The front page: one answer for each place of the worker, made from all runs."""

from typing import Any

from bench.publish.front import front_data

LOOPBACK = {"name": "Same machine", "phrase": "on the same machine", "order": 0.0}
GIGABIT = {"name": "1 Gbit/s link", "phrase": "over a 1 Gbit/s link", "order": 1.001}


def overhead(batch: int, percent: float, wire: float | None = None) -> dict[str, Any]:
    return {
        "batch": str(batch),
        "value": f"{percent}%",
        "percent": percent,
        "low": 0.9 * percent,
        "high": 1.1 * percent,
        "wire_percent": wire,
    }


def run(name: str, place: dict[str, Any] | None, *overheads: dict[str, Any]) -> dict[str, Any]:
    words = dict.fromkeys(("heading", "prefix", "machine", "date", "size"), "x")
    words |= {"title": "ResNet50", "engines": "CPU, float32, eager", "sentence": ""}
    group = "ResNet50, x" if place else "Tests of the tool"
    return {**words, "run": name, "place": place, "overheads": list(overheads), "group": group}


def test_the_answer_names_each_place_once_the_nearest_first_by_its_newest_run() -> None:
    runs = [
        run("new", GIGABIT, overhead(1, 5.4, 4.0), overhead(64, 5.0, 4.1)),
        run("old", GIGABIT, overhead(1, 9.9)),
        run("here", LOOPBACK, overhead(1, 1.3), overhead(8, 1.0), overhead(64, 0.5)),
    ]
    front = front_data(runs)
    assert front["answer"] == (
        "A remote worker adds to the local latency of ResNet50: on the same machine 1.3% at batch "
        "1 and 0.5% "
        "at batch 64; over a 1 Gbit/s link 5.4% at batch 1 and 5.0% at batch 64."
    )
    assert [place["run"] for place in front["places"]] == ["here", "new"]
    assert front["groups"] == ["ResNet50, x"]


def test_each_model_and_engine_has_a_sentence_the_one_with_most_places_first() -> None:
    bfloat16 = {"engines": "CPU, bfloat16, compiled"}
    unequal = {
        "engines": "local CPU, float32, eager; remote CUDA 0, bfloat16, compiled",
        "sentence": "With 2 threads, remote is 9 times as fast.",
    }
    runs = [
        {**run("unequal", LOOPBACK, overhead(1, 3.0)), **unequal},
        {**run("other", LOOPBACK, overhead(1, 7.0)), "title": "ViT-B-16", "group": "ViT-B-16, x"},
        {**run("half", LOOPBACK, overhead(1, 4.0)), **bfloat16},
        run("far", GIGABIT, overhead(1, 5.4)),
        run("here", LOOPBACK, overhead(1, 1.3)),
    ]
    front = front_data(runs)
    assert [place["run"] for place in front["places"]] == [
        *("here", "far", "half", "unequal", "other")
    ]
    assert front["answer"] == (
        "A remote worker adds to the local latency of ResNet50: on the same machine 1.3% at batch "
        "1; over a 1 Gbit/s link 5.4% at batch 1."
    )
    adds = "a remote worker adds on the same machine"
    assert front["more"] == [
        f"ResNet50 (CPU, bfloat16, compiled): {adds} 4.0% at batch 1.",
        "ResNet50: With 2 threads, remote is 9 times as fast.",
        f"ViT-B-16 (CPU, float32, eager): {adds} 7.0% at batch 1.",
    ]
    assert front["groups"] == ["ResNet50, x", "ViT-B-16, x"]


def test_one_batch_size_is_said_once() -> None:
    front = front_data([run("here", LOOPBACK, overhead(8, 1.3))])
    assert front["answer"].endswith("on the same machine 1.3% at batch 8.")


def test_the_plot_has_one_logarithmic_scale_for_overheads_and_wire_times() -> None:
    front = front_data(
        [run("a", LOOPBACK, overhead(1, 1.0)), run("b", GIGABIT, overhead(1, 10.0, 1.0))]
    )
    (near,), (far,) = (place["overheads"] for place in front["places"])
    assert far["wire_at"] == near["at"]
    assert near["wire_at"] == ""
    at = {tick["label"]: tick["at"] for tick in front["ticks"]}
    assert list(at) == ["1%", "2%", "5%", "10%"]
    assert (at["1%"], at["10%"]) == (near["at"], far["at"])
    for one in (near, far):
        assert float(one["left"]) < float(one["at"]) < float(one["left"]) + float(one["width"])
    assert 0 < float(near["at"]) < float(far["at"]) < 100


def test_a_wide_scale_has_powers_of_ten_only() -> None:
    front = front_data([run("a", LOOPBACK, overhead(1, 0.1), overhead(64, 300.0))])
    assert [tick["label"] for tick in front["ticks"]] == ["0.1%", "1%", "10%", "100%"]


def test_an_overhead_that_reaches_below_zero_begins_at_the_left_edge() -> None:
    low = {**overhead(1, 1.0), "low": -0.5}
    (place,) = front_data([run("a", LOOPBACK, low)])["places"]
    assert place["overheads"][0]["left"] == "0.0"


def test_tests_and_studies_stand_last_and_answer_nothing() -> None:
    stub = {**run("stub", LOOPBACK, overhead(1, 50.0)), "group": "Tests of the tool"}
    study = {**run("study", None), "group": "Imported studies"}
    earlier = {"run": "earlier", "prefix": "x", "machine": "x"}
    front = front_data([stub, study, earlier, run("here", LOOPBACK, overhead(1, 1.3))])
    assert front["groups"] == [
        "ResNet50, x",
        "Other runs",
        "Imported studies",
        "Tests of the tool",
    ]
    assert [place["run"] for place in front["places"]] == ["here"]


def test_without_a_run_there_is_nothing_to_say() -> None:
    front = front_data([])
    assert front.pop("answer") == ""
    assert front == {name: [] for name in ("more", "places", "ticks", "sent", "groups")}
