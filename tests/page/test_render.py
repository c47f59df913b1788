"""The text of a page."""

import re
from pathlib import Path

import pytest

from bench.charts.catalog import seed_charts
from bench.config import BATCH_SIZES
from bench.page import render
from bench.page.render import template_root
from bench.text.names import model_words, page_prefix, page_title
from tests.charts.factory import make_summary

GOLDEN = Path(__file__).parents[1] / "golden" / "index.markdown"


def render_page(model: str, batch_sizes: tuple[int, ...]) -> str:
    words = model_words(model)
    charts = seed_charts(words, make_summary(batch_sizes=batch_sizes))
    return render.render_page(words.title, charts)


def test_the_page_of_all_batch_sizes_is_the_first_page_byte_for_byte() -> None:
    assert render_page("resnet50", BATCH_SIZES).encode() == GOLDEN.read_bytes()


def test_fewer_batch_sizes_leave_lines_out_and_change_none() -> None:
    lines = render_page("resnet50", (1, 16)).splitlines()
    golden = GOLDEN.read_text().splitlines()
    assert lines == [line for line in golden if not re.search(r"-(2|4|8|32|64)\.png", line)]


@pytest.mark.parametrize(
    ("model", "title", "prefix"),
    [
        ("resnet50", "ResNet50", "resnet"),
        ("resnet18", "ResNet18", "resnet18"),
        ("stub:5", "Stub", "stub"),
        ("efficientnet_b0", "EfficientNet-B0", "efficientnet_b0"),
        ("efficientnet_v2_s", "EfficientNetV2-S", "efficientnet_v2_s"),
        ("mobilenet_v3_large", "MobileNetV3-Large", "mobilenet_v3_large"),
        ("regnet_y_3_2gf", "RegNetY-3.2GF", "regnet_y_3_2gf"),
        ("resnext50_32x4d", "ResNeXt50-32x4d", "resnext50_32x4d"),
        ("wide_resnet50_2", "Wide ResNet50-2", "wide_resnet50_2"),
        ("package.models:make_net", "package-models-make_net", "package-models-make_net"),
        ("../Some {{model}}", "Some-model", "some-model"),
    ],
)
def test_a_model_has_a_title_and_a_prefix_that_is_safe_in_a_path(
    model: str, title: str, prefix: str
) -> None:
    assert (page_title(model), page_prefix(model)) == (title, prefix)
    assert f'title:  "{title}"' in render_page(model, (1,))


def test_pictures_of_the_stub_are_not_called_those_of_the_model() -> None:
    assert '<img src="./stub-latency-1.png" alt="Stub Latency BS=1"' in render_page("stub:5", (1,))


def test_templates_are_found_beside_the_package_and_within_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert (template_root() / "index.markdown.j2").is_file()
    monkeypatch.setattr("bench.page.render.__file__", str(tmp_path / "bench" / "page" / "r.py"))
    assert str(template_root()).endswith("_templates")
