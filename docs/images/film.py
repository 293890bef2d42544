"""Films the first journey of the studio for the README: ``python docs/images/film.py`` (needs Chromium and Pillow).

Every picture is the real page of a real run. Two files are written, for light and for dark readers.
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image

ROOT = Path(__file__).parents[2]
sys.path += [str(ROOT / "tests"), str(ROOT / "tests" / "studio" / "browser")]

from open_lab import Lab, running  # noqa: E402

from screens import CHROMIUM  # noqa: E402

SIZE = {"width": 1280, "height": 880}
ONE_INPUT = {"target": "survival", "task": "regression", "kinds": {"temperature": "left_out"}}


def film(lab: Lab) -> tuple[list[bytes], list[int]]:
    """Pictures, and how long each stands, in milliseconds."""
    page, pictures, times = lab.page, [], []

    def keep(milliseconds: int) -> None:
        page.wait_for_timeout(250)
        pictures.append(page.screenshot())
        times.append(milliseconds)

    run = lab.begin(data="lecture", columns=ONE_INPUT)
    page.mouse.move(2, 870)
    keep(1500)
    page.locator('.operations [data-number="x[0,0]"]').last.hover()
    keep(1700)
    page.mouse.move(2, 870)
    for _ in range(5):
        lab.step()
        keep(450)
    for step in (8, 12, 18, 27, 40, 60, 90, 140, 200):
        lab.api(f"/api/runs/{run['id']}/control", {"do": "seek", "step": step})
        lab.settle()
        keep(220)
    keep(900)
    page.locator('[data-unit="1:0"]').click()
    lab.settle()
    keep(1500)
    page.get_by_role("button", name="tumor size", exact=True).click()
    lab.settle()
    page.mouse.move(2, 870)
    keep(3000)
    return pictures, times


def write(path: Path, pictures: list[bytes], times: list[int]) -> None:
    """An animated WebP."""
    first, *others = (Image.open(io.BytesIO(picture)).convert("RGB") for picture in pictures)
    first.save(
        path, save_all=True, append_images=others, duration=times, loop=0, quality=82, method=6, minimize_size=True
    )
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1000:.0f} kB, {len(pictures)} pictures")


def main() -> None:
    """Film in both schemes."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as place, sync_playwright() as engine:
        browser: Any = engine.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        with running(Path(place) / "folder") as server:
            context = browser.new_context(viewport=SIZE, reduced_motion="reduce")
            context.new_page().goto(server.address)
            for scheme in ("light", "dark"):
                lab = Lab(context, server)
                lab.page.emulate_media(color_scheme=scheme)
                write(Path(__file__).parent / f"first-journey-{scheme}.webp", *film(lab.open()))
        browser.close()


if __name__ == "__main__":
    main()
