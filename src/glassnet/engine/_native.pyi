"""Types of the compiled module, as its Python callers use them."""

from typing import Any

most_uniforms: int
most_operands: int

def __getattr__(name: str) -> Any: ...
