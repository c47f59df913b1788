"""README's picture can be made anew."""

import io
from typing import Any

from PIL import Image

from tests.site.picture import PICTURE, SIZE_PX, take


def test_the_picture_shows_the_front_page_in_few_bytes(browser: Any, address: str) -> None:
    content = take(browser, address)
    assert len(content) < 200_000
    with Image.open(io.BytesIO(content)) as new, Image.open(PICTURE) as kept:
        assert new.size == kept.size == SIZE_PX
        assert len(new.getcolors() or []) > 20
