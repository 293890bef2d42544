"""A message in the words of the door through which a user came: the command line, or the page of the studio.

Messages are written for Python and for the command line together, as ``groups='ward', --groups ward`` or ``--no-header
(in Python header=False)``. Each door leaves out what is no use there.
"""

from __future__ import annotations

import re
import shlex

_VALUE = r"(?:'[^']*'|\"[^\"]*\"|[A-Za-z0-9_.]+)"
_ASIDE = re.compile(r" \(in Python (?:[^()]|\([^()]*\))*\)")
_BOTH = re.compile(rf"\b\w+={_VALUE}, (--[a-z-]+(?: (?:'[^']*'|[^\s,;.:)]+))?)")
_PYTHON = re.compile(rf"\b(task|decimal|delimiter|encoding|groups|weights|sheet)=({_VALUE})")
_OPTIONS: tuple[tuple[str, str], ...] = (
    (r"--groups (?:'[^']*'|[^\s,;.:)]+)", "give it the role “groups rows”"),
    (r"--epochs \S+?(?=[.,;]|$)", "more epochs"),
    (r"--threshold \S+?(?=[.,;]|$)", "a lower threshold"),
    (r" Read it with --encoding \S+?, or save it as UTF-8", " Save it as UTF-8"),
    (r" Which words look right\? .* Read the file so or in another encoding, or save it as UTF-8",
     " Save the file as UTF-8 (in Excel: CSV UTF-8)"),
    (r" If it is one, read the file with --no-header, or name the columns with --names",
     " If it is one, write a line with names above it"),
    (r"; if there is no header, read the file with --no-header", "; if there is no header, add one"),
    (r" Say which: --sheet \S+, or \S+(?=[.])", " Save the one that you want as a file of its own"),
    (r"; give --decimal , if it is the comma", "; write points throughout if it is the comma"),
    (r"; (?:if that means missing, |to leave them out, )?declare it (?:number|integer|date):[^;.]*(?:\.[0-9][^;.]*)?",
     ""),
    (r", leave (it|them) out \(--kind .*left_out'?\):", r", leave \1 out:"),
    (r"; --task \w+ changes that", ""),
    (r"; for one alone, name it: .*$", ""),
    (r" Declare an order where there is one: --kind '[^']*'\.", ""),
    (r"^[\d,]+ images?: the network looks at their pixels, [^.]*\.", ""),
    (r" --size ROWSxCOLUMNS changes what the network sees\.", ""),
    (r"^[^.]* would take [^.]* of memory, [^.]*: they are kept in a temporary file .*", ""),
    (r" \(--most-pixels\)", ""),
)  # fmt: skip
"""Advice that only fits the command line, and the words of the page in its place."""
_ON_THE_PAGE = tuple((re.compile(pattern), text) for pattern, text in _OPTIONS)


def for_the_command(message: str) -> str:
    """The message without words of Python.

    Examples
    --------
    >>> for_the_command("Name it with --names (in Python names=[...]).")
    'Name it with --names.'
    >>> for_the_command("Keep them together: groups='ward no', --groups 'ward no'.")
    "Keep them together: --groups 'ward no'."
    >>> for_the_command("10 whole numbers; task='regression' changes that")
    '10 whole numbers; --task regression changes that'
    """
    message = _BOTH.sub(r"\1", _ASIDE.sub("", message))
    return _PYTHON.sub(_as_option, message)


def _as_option(match: re.Match[str]) -> str:
    """A parameter of Python as the option of the command line."""
    return f"--{match[1]} {shlex.quote(match[2].strip(chr(39) + chr(34)))}"


def for_the_page(message: str) -> str:
    """The message without words of Python and of the command line.

    Examples
    --------
    >>> for_the_page("Keep them together: groups='ward', --groups ward.")
    'Keep them together: give it the role “groups rows”.'
    """
    message = for_the_command(message)
    for pattern, text in _ON_THE_PAGE:
        message = pattern.sub(text, message)
    return message
