"""Images of one's own, from a folder on the disk to the occlusion of one of them, and gone for good again."""

import io
import re

import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.slow

DRAW = np.random.default_rng(11)
LONG = "größe ☃ " + "x" * 120


def png(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "png")
    return file.getvalue()


def scan(bright):
    pixels = DRAW.integers(0, 60, (20, 30)).astype(np.uint8)
    pixels[:10, :12] += np.uint8(150 if bright else 0)
    return pixels


@pytest.fixture
def folder(tmp_path):
    """Two classes, one image with a long name of all letters, and what does not belong there."""
    for label in ("ill", "well"):
        for k in range(30):
            path = tmp_path / "scans" / label / f"{k if k else LONG}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(png(scan(label == "ill")))
    (tmp_path / "scans" / "notes.txt").write_text("hello")
    (tmp_path / "scans" / "ill" / ".hidden").write_text("hello")
    return tmp_path / "scans"


def on_data(lab):
    lab.page.get_by_role("navigation").get_by_text("Data", exact=True).click()
    lab.settle()


def test_a_folder_becomes_a_network_and_is_removed_for_good(lab, folder):
    page = lab.page
    on_data(lab)
    page.get_by_label("Folder of images").set_input_files(folder)
    page.get_by_role("heading", name="scans", level=1).wait_for()
    lab.settle()
    said = page.locator("main").inner_text()
    assert "notes.txt: not an image" in said
    assert ".hidden" not in said
    panel = page.locator("section", has=page.get_by_role("heading", name="Images", exact=True)).last
    assert re.findall(r"30 images", panel.inner_text()) == ["30 images"] * 2
    assert panel.get_by_role("img").count() == 20
    data = next(one for one in lab.api("/api/data")["data_sets"] if one["name"] == "scans")["id"]
    names = [row[0] for row in lab.api(f"/api/data/{data}/rows?limit=100")["rows"]]
    assert f"ill/{LONG}.png" in names
    page.get_by_label("the network sees").select_option(label="11 × 16")
    lab.settle()
    lab.button("Use these images").click()
    page.locator('[data-map="1:2"]').wait_for()
    lab.settle()
    run = lab.api("/api/session")["last_run"]
    assert lab.api(f"/api/runs/{run}")["layer_sizes"][0] == 11 * 16
    lab.api(f"/api/runs/{run}/control", {"do": "move", "unit": "epoch", "count": 15})
    page.get_by_role("navigation").get_by_text("Compare", exact=True).click()
    lab.settle()
    page.locator("td.cell button").first.click()
    rows = page.get_by_role("region", name="Rows of the cell")
    rows.get_by_role("button").nth(1).wait_for()
    first = rows.locator("li button").first
    assert first.get_by_role("img").count() == 1
    first.click()
    lab.settle()
    assert page.get_by_role("region", name="Which parts of the image count").count() == 1
    on_data(lab)
    lab.button("Remove", exact=True).click()
    lab.button("Remove for good").click()
    page.get_by_role("heading", name="Three patients").wait_for()
    lab.settle()
    assert all(one["id"] != data for one in lab.api("/api/data")["data_sets"])
    assert lab.problems == []


def test_a_table_with_its_images_and_files_that_are_none(lab, tmp_path):
    page = lab.page
    (tmp_path / "study" / "img").mkdir(parents=True)
    lines = ["scan,outcome"]
    for k in range(8):
        (tmp_path / "study" / "img" / f"{k}.png").write_bytes(png(scan(k % 2 == 0)))
        lines.append(f"img/{k}.png,{'ill' if k % 2 == 0 else 'well'}")
    (tmp_path / "study" / "patients.csv").write_text("\n".join(lines))
    on_data(lab)
    page.get_by_label("Folder of images").set_input_files(tmp_path / "study")
    page.get_by_role("heading", name="study", level=1).wait_for()
    lab.settle()
    assert "4 images" in page.locator("main").inner_text()
    page.get_by_label("CSV file or images").set_input_files(
        {"name": "scans.zip", "mimeType": "application/zip", "buffer": b"PK\x03\x04 no more"}
    )
    page.get_by_role("alert").filter(has_text="scans.zip is not a zip or tar file").wait_for()
    page.get_by_label("CSV file or images").set_input_files(
        [{"name": f"{k}.png", "mimeType": "image/png", "buffer": png(scan(True))} for k in range(3)]
    )
    page.get_by_text("These images have no classes").wait_for()
    assert lab.button("Use these images").is_disabled()
    assert lab.problems == []


def test_sending_can_be_stopped(lab, folder):
    """The server takes nothing until it is asked to go on; how reading is stopped is tested there."""
    page = lab.page
    page.route("**/api/images?*", lambda route: None)  # held until it is aborted
    on_data(lab)
    page.get_by_label("Folder of images").set_input_files(folder)
    assert lab.button("Choose files").is_disabled()
    lab.button("Cancel", exact=True).click()
    lab.button("Cancel", exact=True).wait_for(state="detached")
    assert lab.button("Choose files").is_enabled()
    assert page.get_by_role("alert").count() == 0
    page.unroute("**/api/images?*")
    page.get_by_label("Folder of images").set_input_files(folder)
    page.get_by_role("heading", name="scans", level=1).wait_for()
