"""ARFF, the format of Weka: the names and types of the columns above, the rows below as CSV with single quotes."""

from __future__ import annotations

import csv
import io
import re

_ATTRIBUTE = re.compile(r"""@attribute\s+(?P<name>'(?:[^'\\]|\\.)*'|"[^"]*"|\S+)\s+(?P<type>.+)""", re.IGNORECASE)


def is_arff(data: bytes) -> bool:
    """Whether a file is ARFF: its first line that is not a comment begins with @relation."""
    match = re.match(rb"(?:\s*%[^\n]*\n|\s*\n)*\s*@relation\b", data, re.IGNORECASE)
    return match is not None


def as_csv(data: bytes) -> tuple[bytes, dict[str, tuple[str, ...]]]:
    """The rows as CSV with a header, each on its own line, and the categorical columns."""
    lines = data.decode("utf-8").splitlines()
    names: list[str] = []
    categories: dict[str, tuple[str, ...]] = {}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    inside = False
    for line in lines:
        text = line.strip()
        if not text or text.startswith("%"):
            out.write("\n")
        elif inside:
            writer.writerow(_cells(text))
        elif text.lower().startswith("@data"):
            writer.writerow(names)
            inside = True
        else:
            match = _ATTRIBUTE.match(text)
            if match:
                name = match["name"].strip("'\"")
                names.append(name)
                if match["type"].strip().startswith("{"):
                    categories[name] = ()
            out.write("\n")
    return out.getvalue().encode("utf-8"), categories


def _cells(text: str) -> list[str]:
    """The cells of a row; the braces of sparse files are not supported."""
    quote = '"' if '"' in text and "'" not in text else "'"
    record = next(csv.reader([text], quotechar=quote, escapechar="\\", skipinitialspace=True))
    return [cell.strip() for cell in record]
