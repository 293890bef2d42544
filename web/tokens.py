"""Writes the design tokens of every page as the studio's sheet of CSS variables: ``python web/tokens.py``."""

from pathlib import Path

from glassnet.pages.tokens import RAMP_STEPS, css_variables

SHEET = Path(__file__).parent / "src" / "tokens.css"


def sheet() -> str:
    """The sheet as it must be."""
    fills = "".join(
        f".{name}-{step}{{fill:var(--{name}-{step});--fill:var(--{name}-{step})}}" for name in ("ramp", "diverging") for step in range(RAMP_STEPS)
    )
    head = "/* Made by web/tokens.py from src/glassnet/pages/tokens.py; change it there. */\n"
    return head + css_variables(switchable=True) + fills + "\n"


if __name__ == "__main__":
    SHEET.write_text(sheet(), encoding="utf-8")
