"""The names of a model: as a title, in folder and picture names, in pictures' texts."""

import re
from typing import NamedTuple


class ModelWords(NamedTuple):
    """A model's title, the prefix of its folder and pictures, and its name in their texts.

    ``note`` is a remark on its charts where it is no model.
    """

    title: str
    prefix: str
    alt: str
    note: str = ""


_KNOWN = {
    # The first page had this name, and links to its pictures must stay valid.
    "resnet50": ModelWords("ResNet50", "resnet", "ResNet"),
    "resnet18": ModelWords("ResNet18", "resnet18", "ResNet18"),
    "stub": ModelWords("Stub", "stub", "Stub", "Stub"),
}


def model_words(model: str) -> ModelWords:
    """Return the names of a model; an unlisted one keeps its name, made safe for a path.

    Parameters
    ----------
    model : str
        A model's name; what follows a colon, as in ``stub:5``, is a setting and not named.
    """
    name = model.partition(":")[0]
    if name in _KNOWN:
        return _KNOWN[name]
    safe = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-_") or "model"
    return ModelWords(safe, safe.lower(), safe)


def page_title(model: str) -> str:
    """Return the title of a model's page, such as ``ResNet50``."""
    return model_words(model).title


def page_prefix(model: str) -> str:
    """Return the folder of a model's pages and the prefix of its pictures: ``resnet``, ``stub``."""
    return model_words(model).prefix
