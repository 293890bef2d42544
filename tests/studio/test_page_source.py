"""The studio's page as it is written: one set of tokens, nothing inline, no text of the data as markup."""

import gzip
import importlib.util
import re
from pathlib import Path

import pytest

from glassnet import studio

WEB = Path(__file__).parents[2] / "web"
SOURCES = sorted(path for path in (WEB / "src").rglob("*") if path.suffix in {".ts", ".svelte"})

FORBIDDEN = {
    "markup from text": r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\{@html|DOMParser|"
    r"createContextualFragment|srcdoc",
    "code from text": r"\beval\s*\(|new\s+Function\b|setTimeout\(\s*[\"'`]|javascript:",
    "a style that the page's policy refuses": r"(?<![\w-])style=\"|(?<![\w-])style=\{|\bin:|\bout:|transition:\w+[={]",
    "another host": r"https?://(?!www\.w3\.org/)",
}  # fmt: skip


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_source_does_what_would_be_unsafe(what):
    found = {
        f"{path.relative_to(WEB)}:{number}": line.strip()
        for path in [*SOURCES, WEB / "index.html"]
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(FORBIDDEN[what], line) and not (what.startswith("a style") and path.suffix == ".ts")
    }
    assert found == {}
    assert len(SOURCES) > 60


@pytest.mark.parametrize(
    "line",
    ["node.innerHTML = name", "{@html name}", "eval(name)", '<p style="color:red">', 'fetch("http://cdn.example")'],
)
def test_the_forbidden_patterns_are_found_where_they_are(line):
    assert any(re.search(pattern, line) for pattern in FORBIDDEN.values())


def test_the_page_loads_one_script_and_holds_none():
    text = (WEB / "index.html").read_text(encoding="utf-8")
    assert re.findall(r"<script[^>]*>", text) == ['<script type="module" src="/src/main.ts">']
    assert "<style" not in text
    assert not re.search(r"\son\w+=", text)


def test_the_sheet_of_tokens_is_made_from_the_tokens_of_every_page():
    spec = importlib.util.spec_from_file_location("tokens_sheet", WEB / "tokens.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.SHEET.read_text(encoding="utf-8") == module.sheet(), "run: python web/tokens.py"


def test_components_are_small():
    lengths = {path.relative_to(WEB).as_posix(): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    assert [name for name, length in lengths.items() if length > 400 and name != "src/contract.ts"] == []


def test_the_built_page_stays_small_and_names_the_licenses_of_its_fonts():
    static = Path(studio.__file__).parent / "static"
    if not (static / "index.html").exists():
        pytest.skip("the page is not built: make src/glassnet/studio/static/index.html")
    script = gzip.compress(b"".join(path.read_bytes() for path in (static / "assets").glob("*.js")))
    assert len(script) < 220_000
    assert sum(path.stat().st_size for path in (static / "assets").glob("*.woff2")) < 600_000
    licenses = (static / "THIRD-PARTY.txt").read_text(encoding="utf-8")
    for face in ("inter", "stix-two-text"):
        assert re.search(rf"@fontsource-variable/{face} \S+ \(OFL-1.1\)", licenses)
