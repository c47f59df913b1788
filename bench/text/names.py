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


_FAMILIES = {
    "alexnet": "AlexNet",
    "convnext": "ConvNeXt",
    "densenet": "DenseNet",
    "efficientnet": "EfficientNet",
    "efficientnet_v2": "EfficientNetV2",
    "googlenet": "GoogLeNet",
    "inception_v3": "InceptionV3",
    "maxvit": "MaxViT",
    "mnasnet": "MNASNet",
    "mobilenet_v2": "MobileNetV2",
    "mobilenet_v3": "MobileNetV3",
    "regnet_x": "RegNetX",
    "regnet_y": "RegNetY",
    "resnet": "ResNet",
    "resnext": "ResNeXt",
    "shufflenet_v2": "ShuffleNetV2",
    "squeezenet": "SqueezeNet",
    "swin": "Swin",
    "swin_v2": "SwinV2",
    "vgg": "VGG",
    "vit": "ViT",
    "wide_resnet": "Wide ResNet",
}
"""The names of families of models, as their authors write them."""
_ACRONYM_LENGTH = 2


def model_words(model: str) -> ModelWords:
    """Return the names of a model; an unlisted one keeps its name, made safe for a path.

    Parameters
    ----------
    model : str
        A model's name; what follows the colon of ``stub:5`` is a setting and not named.
    """
    name = "stub" if model.startswith("stub:") else model
    if name in _KNOWN:
        return _KNOWN[name]
    safe = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-_") or "model"
    title = _family_title(name) or safe
    return ModelWords(title, safe.lower(), title)


def _family_title(name: str) -> str | None:
    """Return the title of ``efficientnet_b0``, EfficientNet-B0; None if no family is known."""
    heads = [head for head in _FAMILIES if re.match(rf"{head}(_|\d|$)", name)]
    if not heads:
        return None
    head = max(heads, key=len)
    rest = name.removeprefix(head)
    if head != "wide_resnet":  # its 50_2 is no number
        rest = re.sub(r"(\d)_(\d+)(?=$|gf)", r"\1.\2", rest)
    version, *variants = rest.split("_")
    return "-".join([_FAMILIES[head] + version, *map(_variant, variants)])


def _variant(part: str) -> str:
    """Return a part of a name as it is in a title: B0, Large, 400MF, 32x4d."""
    if "x" in part:
        return part
    return part.capitalize() if part.isalpha() and len(part) > _ACRONYM_LENGTH else part.upper()


def page_title(model: str) -> str:
    """Return the title of a model's page, such as ``ResNet50``."""
    return model_words(model).title


def page_prefix(model: str) -> str:
    """Return the folder of a model's pages and the prefix of its pictures: ``resnet``, ``stub``."""
    return model_words(model).prefix
