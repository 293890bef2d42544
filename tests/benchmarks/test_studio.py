"""The benchmark of the studio measures the page as it is written."""

import os

from benchmarks.studio import newer_source


def test_a_page_that_is_older_than_its_sources_is_noticed(tmp_path):
    web, page = tmp_path / "web", tmp_path / "static" / "index.html"
    source = web / "src" / "shell" / "Studio.svelte"
    for path in (web / "index.html", source, page):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    os.utime(web / "index.html", (100, 100))
    os.utime(source, (200, 200))
    os.utime(page, (300, 300))
    assert newer_source(page, web) is None
    os.utime(source, (400, 400))
    assert newer_source(page, web) == source
    page.unlink()
    assert newer_source(page, web) == source
