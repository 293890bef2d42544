"""Writes the design tokens of every page as the studio's sheet of CSS variables: ``python web/tokens.py``."""

from pathlib import Path

from glassnet.pages.tokens import RAMP_STEPS, css_variables

SHEET = Path(__file__).parent / "src" / "tokens.css"


def sheet() -> str:
    """The sheet as it must be."""
    colors = (f"{name}-{step}" for name in ("ramp", "diverging") for step in range(RAMP_STEPS))
    fills = "".join(f".{color}{{fill:var(--{color});--fill:var(--{color})}}" for color in colors)
    head = "/* Made by web/tokens.py from src/glassnet/pages/tokens.py; change it there. */\n"
    return head + css_variables(switchable=True) + fills + "\n"


if __name__ == "__main__":
    SHEET.write_text(sheet(), encoding="utf-8")
