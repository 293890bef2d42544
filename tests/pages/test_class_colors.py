"""The ten colors of classes stay apart for every kind of color vision, on light and on dark."""

import itertools

import numpy as np
import pytest

from glassnet.pages.tokens import DARK, LIGHT, contrast

APART, LEAST_CONTRAST = 0.12, 3.0
VISION = {  # Machado, Oliveira and Fernandes 2009, severity 1, on linear red, green and blue
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
TO_LMS = [
    [0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
]  # fmt: skip
TO_LAB = [
    [0.210454255, 0.793617785, -0.0040720468], [1.9779984951, -2.428592205, 0.4505937099],
    [0.0259040371, 0.7827717662, -0.808675766],
]  # fmt: skip


def oklab(color, vision):
    """Lightness and two opponent colors (Ottosson 2020), as an eye sees them."""
    parts = np.array([int(color[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return TO_LAB @ np.cbrt(TO_LMS @ np.clip(np.array(vision) @ linear, 0, 1))


def colors(theme):
    return [theme[f"class-{k}"] for k in range(1, 11)]


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_ten_classes_are_told_apart(theme, vision):
    seen = {color: oklab(color, VISION[vision]) for color in colors(theme)}
    for one, other in itertools.combinations(seen, 2):
        distance = np.linalg.norm(seen[one] - seen[other])
        assert distance >= APART * (1 if vision != "tritanopia" else 0.75), (one, other, distance)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_each_stands_out_from_the_surface(theme):
    assert min(contrast(color, theme["surface"]) for color in colors(theme)) >= LEAST_CONTRAST
