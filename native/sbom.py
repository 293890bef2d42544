"""Writes what is inside a wheel besides our own code, as CycloneDX (PEP 770): ``python native/sbom.py FILE TEXT...``.

The texts are those that list the packages in the pages with their licenses. The same content gives the same bytes.
"""

from __future__ import annotations

import json
import re
import sys
import uuid
from collections.abc import Iterator, Sequence
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

_PACKAGE = re.compile(r"^(?P<name>@?[a-z0-9._/-]+) (?P<version>\d[^ ]*) \((?P<license>[^()]+)\)$", re.MULTILINE)
_NAMESPACE = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")  # that of addresses, in RFC 9562
_VERSION = re.compile(r'^__version__ = "([^"]+)"', re.MULTILINE)


def component(kind: str, name: str, version: str, license_id: str, what: str) -> dict[str, Any]:
    """One package; its address is ``pkg:npm/name@version`` and so on."""
    version_of = f"@{version}" if version else ""
    address = f"pkg:{kind}/{name.replace('@', '%40')}{version_of}"
    return {
        "type": "library", "bom-ref": address, "name": name, **({"version": version} if version else {}),
        "description": what, "licenses": [{"license": {"id": license_id}}], "purl": address,
    }  # fmt: skip


def of_the_engine(static_runtime: bool) -> Iterator[dict[str, Any]]:
    """The components that are compiled into the engine."""
    yield component("pypi", "nanobind", distribution("nanobind").version, "BSD-3-Clause", "compiled into the engine")
    yield component("github", "Tessil/robin-map", "", "MIT", "compiled into the engine, as a part of nanobind")
    if static_runtime:
        runtime = component("generic", "libstdc++", "", "GPL-3.0-or-later", "linked into the engine")
        runtime["licenses"] = [{"expression": "GPL-3.0-or-later WITH GCC-exception-3.1"}]
        yield runtime


def of_the_pages(texts: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The packages of npm in the pages, each once."""
    known = dict.fromkeys(match.groups() for text in texts for match in _PACKAGE.finditer(text))
    for name, version, license_id in sorted(known):
        yield component("npm", name, version, license_id, "bundled into the pages")


def document(version: str, components: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The whole, whose serial number follows from its content."""
    own = component("pypi", "glassnet", version, "BSD-3-Clause", "neural networks that you can see through")
    content = json.dumps(components, sort_keys=True)
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json", "bomFormat": "CycloneDX", "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(_NAMESPACE, version + content)}", "version": 1,
        "metadata": {"component": own}, "components": list(components),
        "dependencies": [{"ref": own["bom-ref"], "dependsOn": [each["bom-ref"] for each in components]}],
    }  # fmt: skip


def main(target: str, *texts: str) -> int:
    """Write the file; ``--static-runtime`` among the texts says that the C++ library is inside, too."""
    source = (Path(__file__).parents[1] / "src/glassnet/__init__.py").read_text(encoding="utf-8")
    version = _VERSION.search(source)
    if version is None:
        raise SystemExit("glassnet: src/glassnet/__init__.py says no version.")
    pages = [Path(text).read_text(encoding="utf-8") for text in texts if text and text != "--static-runtime"]
    components = [*of_the_engine("--static-runtime" in texts), *of_the_pages(pages)]
    path = Path(target)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document(version[1], components), indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
