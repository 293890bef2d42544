"""Design tokens: every color, size and distance that glassnet's pages use, for light and dark.

One diverging pair says the sign everywhere: blue is positive, orange is negative. The two stay apart for every kind
of color vision, and the sign is never said by color alone: it is written, dashed or both. Text colors reach a
contrast of at least 4.5 on every surface they are used on (WCAG 2.2 AA), marks at least 3.

The ten colors of classes (``class-1`` to ``class-10``) were searched for: of all colors with a contrast of 3 on the
surface those whose least distance in OKLab is largest, over normal vision and full protanopia, deuteranopia and
tritanopia (Machado, Oliveira and Fernandes 2009). It is .13 in both themes, with the rare tritanopia .10; about .02 can
just be told apart.
"""

from __future__ import annotations

from collections.abc import Mapping

LIGHT: Mapping[str, str] = {
    "page": "#fbfaf7", "surface": "#ffffff", "sunken": "#f3f2ed", "line": "#dedcd4", "line-strong": "#8d8b82",
    "ink": "#1b1f24", "muted": "#565c64", "accent": "#0a655f",
    "positive": "#1d5fae", "positive-soft": "#dfeaf8", "negative": "#b04a06", "negative-soft": "#fbe6d6",
    "confirmed": "#14653c", "confirmed-soft": "#e6f3ea", "corrected": "#7b2f86", "corrected-soft": "#f6eaf8",
    "series-1": "#0a7570", "series-2": "#8a3f98", "series-3": "#8a6100", "series-4": "#4a5561",
    "class-1": "#2b97ff", "class-2": "#aa4d0a", "class-3": "#22144d", "class-4": "#c98510", "class-5": "#9d7fa0",
    "class-6": "#1b50dc", "class-7": "#702d1b", "class-8": "#6d587b", "class-9": "#062b97", "class-10": "#460107",
}  # fmt: skip
DARK: Mapping[str, str] = {
    "page": "#14171a", "surface": "#1b1f23", "sunken": "#22272c", "line": "#343b42", "line-strong": "#7b848d",
    "ink": "#e9eaec", "muted": "#a9b0b8", "accent": "#6fd0c6",
    "positive": "#82b6f5", "positive-soft": "#1f3149", "negative": "#f5a468", "negative-soft": "#45291a",
    "confirmed": "#7fd19c", "confirmed-soft": "#1c3325", "corrected": "#dda3e6", "corrected-soft": "#38233d",
    "series-1": "#5cc4bb", "series-2": "#d397df", "series-3": "#dbb04e", "series-4": "#a8b3be",
    "class-1": "#2b97ff", "class-2": "#f67621", "class-3": "#d4f459", "class-4": "#8df9f4", "class-5": "#b58694",
    "class-6": "#3363d2", "class-7": "#c94017", "class-8": "#7d6080", "class-9": "#31c6fc", "class-10": "#c4c498",
}  # fmt: skip

SIZES: Mapping[str, str] = {
    "text-small": "0.8125rem", "text-note": "0.9rem", "text-body": "1.0625rem", "text-lead": "1.25rem",
    "text-heading-3": "1.2rem", "text-heading-2": "1.65rem", "text-heading-1": "2.5rem",
    "space-1": "0.25rem", "space-2": "0.5rem", "space-3": "0.75rem", "space-4": "1rem", "space-5": "1.5rem",
    "space-6": "2.25rem", "space-7": "3.5rem", "space-8": "5.5rem",
    "measure": "41rem", "width": "52rem", "radius": "0.5rem",
    "font": 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", Arial, sans-serif',
    "font-code": 'ui-monospace, "SF Mono", "Cascadia Mono", Consolas, "Liberation Mono", Menlo, monospace',
    "font-math": '"STIX Two Math", "Latin Modern Math", "Cambria Math", "DejaVu Math TeX Gyre", math, serif',
}  # fmt: skip

RAMP_STEPS = 9
"""Bands of a heat map: ``ramp-0`` (low) to ``ramp-8`` (high), and ``diverging-0`` (negative) to ``diverging-8``."""


def ramp(theme: Mapping[str, str]) -> dict[str, str]:
    """The heat-map colors of a theme: one from surface to accent, one from negative over surface to positive.

    Examples
    --------
    >>> ramp(LIGHT)["diverging-4"] == LIGHT["surface"]
    True
    """
    last, middle = RAMP_STEPS - 1, (RAMP_STEPS - 1) / 2
    colors = {}
    for step in range(RAMP_STEPS):
        colors[f"ramp-{step}"] = mix(theme["surface"], theme["accent"], 0.05 + 0.52 * step / last)
        side = theme["positive"] if step > middle else theme["negative"]
        colors[f"diverging-{step}"] = mix(theme["surface"], side, 0.56 * abs(step - middle) / middle)
    return colors


def mix(first: str, second: str, share: float) -> str:
    """The color `share` of the way from the first to the second, both ``#rrggbb``.

    Examples
    --------
    >>> mix("#000000", "#ffffff", 0.5)
    '#808080'
    """
    pairs = ((int(first[i : i + 2], 16), int(second[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def contrast(first: str, second: str) -> float:
    """The WCAG contrast ratio of two colors, from 1 to 21.

    Examples
    --------
    >>> contrast("#000000", "#ffffff")
    21.0
    """
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    """Relative luminance of ``#rrggbb``."""
    channels = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return sum(weight * channel for weight, channel in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def css_variables(*, switchable: bool = False) -> str:
    """The tokens as CSS custom properties: light by default, dark when the reader prefers it, light on paper.

    Parameters
    ----------
    switchable : bool, default False
        Also obey ``data-theme="light"`` and ``data-theme="dark"`` on the page's root, whatever the system says.

    Examples
    --------
    >>> ':root[data-theme="dark"]' in css_variables(switchable=True)
    True
    """
    sizes = _declarations(SIZES)
    light, dark = (_declarations({**theme, **ramp(theme)}) for theme in (LIGHT, DARK))
    if not switchable:
        return (
            f":root{{color-scheme:light dark;{sizes}{light}}}\n"
            f"@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
        )
    return (
        f":root{{color-scheme:light dark;{sizes}{light}}}\n"
        f'@media screen and (prefers-color-scheme:dark){{:root:not([data-theme="light"]){{{dark}}}}}\n'
        f'@media screen{{:root[data-theme="dark"]{{color-scheme:dark;{dark}}}}}\n'
        ':root[data-theme="light"]{color-scheme:light}\n'
    )


def _declarations(values: Mapping[str, str]) -> str:
    """Custom property declarations."""
    return "".join(f"--{name}:{value};" for name, value in values.items())
