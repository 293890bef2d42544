"""The contract in writing: `web/contract.json` (JSON Schema) and `web/src/contract.ts` (TypeScript types).

``python -m glassnet.studio.contract`` writes both; a test holds them against the types.
"""

from __future__ import annotations

import json
from inspect import cleandoc
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

import msgspec
from msgspec import inspect

from glassnet.studio.contract.endpoint import ENDPOINTS, FURTHER_TYPES

SCHEMA, TYPES = Path("web/contract.json"), Path("web/src/contract.ts")


def _types() -> tuple[list[Any], list[Any]]:
    """The types that cross the wire by themselves: requests, and answers."""
    requests = [e.request for e in ENDPOINTS if e.request is not None and not isinstance(e.request, str)]
    answers = [e.response for e in ENDPOINTS if not isinstance(e.response, str)]
    return list(dict.fromkeys(requests)), list(dict.fromkeys([*answers, *FURTHER_TYPES]))


def type_name(value: Any) -> str | None:
    """The name of a message type, of a union of them, or the media type itself."""
    if value is None or isinstance(value, str):
        return value
    if get_origin(value) in (Union, UnionType):
        return " | ".join(part.__name__ for part in get_args(value))
    return str(value.__name__)


def schema() -> dict[str, Any]:
    """Endpoints and JSON Schema of every message."""
    requests, answers = _types()
    _, components = msgspec.json.schema_components(
        list(dict.fromkeys([*requests, *answers])), ref_template="#/$defs/{name}"
    )
    for component in components.values():
        if "description" in component:  # Python 3.13 and some releases of msgspec drop a docstring's indentation
            component["description"] = cleandoc(component["description"])
    endpoints = [
        {
            "method": e.method, "path": e.path, "summary": e.summary, "query": list(e.query),
            "request": type_name(e.request), "response": type_name(e.response),
        }
        for e in ENDPOINTS
    ]  # fmt: skip
    return {"title": "What the studio's page and server say to each other", "endpoints": endpoints, "$defs": components}


def schema_text() -> str:
    """`schema` as a file."""
    return json.dumps(schema(), indent=1, ensure_ascii=False, sort_keys=False) + "\n"


def typescript_text() -> str:
    """TypeScript types of every message; what only the page sends may leave out what has a default."""
    requests, answers = _types()
    seen: dict[str, inspect.StructType] = {}
    for answer_type in inspect.multi_type_info(answers):
        _collect(answer_type, seen)
    answered = set(seen)
    for answer_type in inspect.multi_type_info(requests):
        _collect(answer_type, seen)
    out = [
        "// Written by `python -m glassnet.studio.contract` from the Python types; do not edit.",
        "// A number that is not finite arrives as null.",
        "",
    ]
    for name in sorted(seen):
        out += _interface(seen[name], optional=name not in answered)
    for name, info in _unions(seen).items():
        out += [f"export type {name} = {' | '.join(info)};", ""]
    out += ["export const ENDPOINTS = {"]
    for e in ENDPOINTS:
        out.append(f"  {e.name}: {{ method: {json.dumps(e.method)}, path: {json.dumps(e.path)} }},")
    return "\n".join([*out, "} as const;", ""])


def write(root: Path) -> list[Path]:
    """Write both files below the root of the repository and return their paths."""
    for path, text in ((SCHEMA, schema_text()), (TYPES, typescript_text())):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return [root / SCHEMA, root / TYPES]


def _collect(info: Any, seen: dict[str, inspect.StructType]) -> None:
    """Every struct below a type."""
    if isinstance(info, inspect.StructType) and info.cls.__name__ not in seen:
        seen[info.cls.__name__] = info
        for field in info.fields:
            _collect(field.type, seen)
    for part in (*getattr(info, "types", ()), *getattr(info, "item_types", ())):
        _collect(part, seen)
    for key in ("item_type", "key_type", "value_type"):
        if hasattr(info, key):
            _collect(getattr(info, key), seen)


def _interface(info: inspect.StructType, *, optional: bool) -> list[str]:
    """One struct."""
    summary = (info.cls.__doc__ or "").strip().splitlines()
    out = ["/**", *(f" * {line.strip()}".rstrip() for line in summary), " */"] if summary else []
    out.append(f"export interface {info.cls.__name__} {{")
    if info.tag_field is not None:
        out.append(f"  {info.tag_field}: {json.dumps(info.tag)};")
    for field in info.fields:
        mark = "?" if optional and not field.required else ""
        out.append(f"  {field.encode_name}{mark}: {_typescript(field.type)};")
    return [*out, "}", ""]


def _unions(seen: dict[str, inspect.StructType]) -> dict[str, list[str]]:
    """Unions of tagged structs, by name."""
    by_field = {
        "do": "Control", "kind": "Picture", "response": "Response", "layer": "ImageLayer", "picture": "NumberPicture",
    }  # fmt: skip
    unions: dict[str, list[str]] = {}
    for name in sorted(seen):
        field = seen[name].tag_field
        if field is not None:
            unions.setdefault(by_field[field], []).append(name)
    return unions


def _typescript(info: Any) -> str:
    """A type as TypeScript writes it."""
    plain: dict[Any, str] = {
        inspect.StrType: "string", inspect.BoolType: "boolean", inspect.IntType: "number", inspect.FloatType: "number",
        inspect.NoneType: "null", inspect.AnyType: "unknown", inspect.BytesType: "string",
    }  # fmt: skip
    if type(info) in plain:
        return plain[type(info)]
    if isinstance(info, inspect.StructType):
        return str(info.cls.__name__)
    if isinstance(info, inspect.LiteralType):
        return " | ".join(json.dumps(value) for value in info.values)
    if isinstance(info, inspect.UnionType):
        return " | ".join(dict.fromkeys(map(_typescript, info.types)))
    if isinstance(info, inspect.ListType):
        inner = _typescript(info.item_type)
        return f"({inner})[]" if "|" in inner else f"{inner}[]"
    if isinstance(info, inspect.TupleType):
        return f"[{', '.join(map(_typescript, info.item_types))}]"
    if isinstance(info, inspect.DictType):
        return f"Record<{_typescript(info.key_type)}, {_typescript(info.value_type)}>"
    raise TypeError(f"The contract has no TypeScript form of {info!r}.")
