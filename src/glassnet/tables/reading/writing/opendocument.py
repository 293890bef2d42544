"""One sheet of OpenDocument (.ods), which LibreOffice reads: an archive of a few XML files."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from glassnet.errors import FileError

_KIND = "application/vnd.oasis.opendocument.spreadsheet"
_MANIFEST = f"""<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2">
<manifest:file-entry manifest:full-path="/" manifest:version="1.2" manifest:media-type="{_KIND}"/>
<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>
</manifest:manifest>
"""
_START = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 office:version="1.2"><office:body><office:spreadsheet>"""
_END = "</office:spreadsheet></office:body></office:document-content>"
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The date in the archive, so that the same columns give the same bytes."""


def write_opendocument(path: Path, columns: Mapping[str, Sequence[Any]], sheet: str) -> None:
    """Write columns of texts, numbers, true, false and None as a sheet; texts are texts, whatever they begin with."""
    content = io.StringIO()
    content.write(f"{_START}<table:table table:name={quoteattr(sheet)}>")
    for row in (tuple(columns), *zip(*columns.values(), strict=True)):
        content.write(f"<table:table-row>{''.join(map(_cell, row))}</table:table-row>")
    content.write(f"</table:table>{_END}")
    with zipfile.ZipFile(path, "w") as archive:
        for name, text, packing in (
            ("mimetype", _KIND, zipfile.ZIP_STORED),  # first and not packed, so that its kind can be seen
            ("META-INF/manifest.xml", _MANIFEST, zipfile.ZIP_DEFLATED),
            ("content.xml", content.getvalue(), zipfile.ZIP_DEFLATED),
        ):
            archive.writestr(zipfile.ZipInfo(name, _LONG_AGO), text, packing)


def _cell(value: Any) -> str:
    """One cell."""
    if value is None:
        return "<table:table-cell/>"
    if isinstance(value, bool):
        return f'<table:table-cell office:value-type="boolean" office:boolean-value="{str(value).lower()}"/>'
    if isinstance(value, (int, float)):
        return f'<table:table-cell office:value-type="float" office:value="{value!r}"/>'
    text = str(value)
    strange = next((letter for letter in text if letter < " " and letter not in "\t\n\r"), None)
    if strange is not None:
        raise FileError(f"{text[:40]!r} holds the character {strange!r}, which no XML can hold")
    lines = "".join(f"<text:p>{escape(line)}</text:p>" for line in text.split("\n"))
    return f'<table:table-cell office:value-type="string">{lines}</table:table-cell>'
