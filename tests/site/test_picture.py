"""README's picture can be made anew."""

import io
import json
from pathlib import Path
from typing import Any

from PIL import Image

from tests.site.picture import PICTURE, SIZE_PX, newest_page, take


def test_the_picture_shows_a_page_in_few_bytes(browser: Any, address: str) -> None:
    content = take(browser, f"{address}resnet/box-2c/first/")
    assert len(content) < 200_000
    with Image.open(io.BytesIO(content)) as new, Image.open(PICTURE) as kept:
        assert new.size == kept.size == SIZE_PX
        assert len(new.getcolors() or []) > 20


def test_the_newest_page_of_a_real_model_is_chosen(tmp_path: Path) -> None:
    place = {"machine": "m", "kind": ""}
    runs = [
        {**place, "prefix": "stub", "run": "4"},
        {**place, "prefix": "resnet", "run": "3", "kind": "smoke"},
        {**place, "prefix": "resnet", "run": "2"},
        {**place, "prefix": "resnet", "run": "1"},
    ]
    (tmp_path / "runs.json").write_text(json.dumps(runs))
    assert newest_page(tmp_path / "runs.json") == "resnet/m/2/"
