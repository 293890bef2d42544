"""Drawings, equations and tables are taken along: SVG and PNG with the page's faces inside, LaTeX, CSV."""

import csv
import io
import re
import struct
import xml.etree.ElementTree as ET

import pytest

pytestmark = pytest.mark.slow

SVG = "{http://www.w3.org/2000/svg}"
CLASSES = {"target": "class", "task": "classification", "kinds": {}}


def keep(lab, name, path):
    """Save a drawing in both forms: the SVG's root, the size of the PNG in pixels."""
    menu = lab.page.locator(f'summary[aria-label="Save {name}"]').first
    for kind in ("SVG", "PNG"):
        menu.click()
        with lab.page.expect_download() as download:
            lab.button(kind, exact=True).first.click()
        download.value.save_as(path.with_suffix(f".{kind.lower()}"))
    head = path.with_suffix(".png").read_bytes()[:24]
    assert head.startswith(b"\x89PNG")
    return ET.parse(path.with_suffix(".svg")).getroot(), struct.unpack(">II", head[16:24])


def texts(root):
    return [" ".join("".join(text.itertext()).split()) for text in root.iter(f"{SVG}text")]


def clipboard(lab):
    return lab.page.evaluate("navigator.clipboard.readText()")


def test_a_network_is_saved_as_it_is_drawn(lab, tmp_path):
    run = lab.begin(data="circle", columns=CLASSES)
    lab.api(f"/api/runs/{run['id']}/control", {"do": "move", "unit": "epoch", "count": 20})
    lab.settle()
    page = lab.page
    root, size = keep(lab, "network", tmp_path / "network")
    seen = page.locator(".network .value").all_inner_texts()
    assert len(seen) > 5
    assert set(seen) <= set(texts(root))
    assert {"Inputs", "Layer 1", "Output", "positive weight"} <= set(texts(root))
    assert not any("Add a" in text or "Remove" in text for text in texts(root)), "controls are no part of a picture"
    links = [path for path in root.iter(f"{SVG}path") if path.get("stroke", "").startswith("rgb")]
    drawn = page.locator(".network path.stroke").count()
    assert len(links) >= drawn > 8
    assert len(list(root.iter(f"{SVG}image"))) == page.locator(".network .unit canvas").count() > 0
    box = [float(part) for part in root.get("viewBox").split()]
    assert size == (round(3 * box[2]), round(3 * float(root.get("height"))))
    style = root.find(f"{SVG}style").text
    assert "Inter Variable" in style
    assert "data:font/woff2;base64," in style
    for rect in root.iter(f"{SVG}rect"):
        if rect.get("width") != "100%":
            assert box[0] <= float(rect.get("x"))
            assert float(rect.get("x")) + float(rect.get("width")) <= box[0] + box[2]
    assert lab.problems == []


def test_maps_and_kernels_are_saved_with_their_pixels(lab, tmp_path):
    run = lab.begin(data="digit_images")["id"]
    lab.api(f"/api/runs/{run}/control", {"do": "move", "unit": "epoch", "count": 1})
    lab.settle()
    page = lab.page
    root, _ = keep(lab, "network", tmp_path / "network")
    assert len(list(root.iter(f"{SVG}image"))) == page.locator(".network canvas").count() > 5
    page.locator('[data-map="1:0"]').click()
    lab.settle()
    root, _ = keep(lab, "maps and kernels of channel 0 of layer 1", tmp_path / "channel")
    assert len(list(root.iter(f"{SVG}image"))) == 2
    assert root.find(f".//{SVG}linearGradient") is not None, "the scale of colors"
    root, _ = keep(lab, "What excites channel 0 of layer 1 most", tmp_path / "patches")
    assert len(list(root.iter(f"{SVG}image"))) == page.locator(".patches canvas").count() > 0
    assert lab.problems == []


def test_equations_are_copied_as_latex_and_tables_as_csv(lab):
    columns = {"target": "survival", "task": "regression", "kinds": {"temperature": "left_out"}}
    run = lab.begin(data="lecture", columns=columns)["id"]
    page = lab.page
    page.locator('[data-unit="1:0"]').click()
    lab.settle()
    lab.button("Copy CSV of Weights into it").click()
    page.get_by_role("status").filter(has_text="Copied").wait_for()
    head, first = list(csv.reader(io.StringIO(clipboard(lab))))[:2]
    weight = lab.api(f"/api/runs/{run}/frame")["layers"][0]["weights"][0][0]
    assert first[0] == "tumor size"
    assert len(head) == len(first)
    assert float(first[1]) == pytest.approx(weight, rel=1e-3)
    lab.button("tumor size", exact=True).click()
    lab.settle()
    lab.button("Copy LaTeX of W1[0,0]").click()
    page.get_by_role("status").filter(has_text="Copied").wait_for()
    latex = clipboard(lab)
    lines = lab.api(f"/api/runs/{run}/explain?name=W1[0,0]&digits=5&terms=8")["lines"]
    assert latex.startswith("\\begin{align*}\n\\frac{\\partial L}{\\partial W^{(1)}_{0,0}} &= ")
    assert latex.rstrip().endswith("\\end{align*}")
    assert all(line["latex"] in latex for line in lines)
    assert re.search(r"[ΣδηℓΔ−·]", latex) is None, "LaTeX without amsmath's names for letters"
    lab.button("Back", exact=True).click()
    lab.button("Back", exact=True).click()
    lab.settle()
    lab.button("Copy LaTeX of Forward").click()
    assert clipboard(lab).count("&=") >= 6
    assert lab.problems == []


def test_the_faces_come_with_the_page(lab):
    lab.begin(data="lecture")
    found = lab.page.evaluate(
        """async () => {
          await document.fonts.ready;
          const loaded = [...document.fonts].filter(face => face.status === "loaded");
          return loaded.map(face => face.family.replaceAll('"', ""));
        }"""
    )
    assert {"Inter Variable", "STIX Two Text Variable"} <= set(found)
    assert lab.page.evaluate("getComputedStyle(document.body).fontFamily").startswith('"Inter Variable"')
