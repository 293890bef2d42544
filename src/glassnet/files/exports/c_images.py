"""Image layers as loops in C99."""

from __future__ import annotations

import math

from glassnet.layers import Convolution, MaxPooling
from glassnet.layers.windows import Windowed


def image_layer(record: Windowed, real: str, formula: str) -> str:
    """The body of a function from ``x`` to ``a`` for a `member`; `formula` is the activation of ``z``.

    Where channels take shares of the activation, these are ``mixes``.
    """
    windows, (rows, columns, channels) = record.windows, record.shape_in
    start, add, end = _kind(record)
    places, depth = windows.places, record.channels_out
    kernels = (
        f"  const {real} *const w = weights + member * {math.prod(record.arrays['weights'])};\n"
        f"  const {real} *const b = biases + member * {depth};\n"
        if record.n_trained else "  (void)member;\n"
    )  # fmt: skip
    lines = [
        f"for (int y = 0; y < {places[0]}; ++y)",
        f"for (int c = 0; c < {places[1]}; ++c)",
        f"for (int o = 0; o < {depth}; ++o) {{",
        f"  {start}",
        f"  for (int i = 0; i < {windows.size[0]}; ++i) {{",
        f"    const int row = y * {windows.stride[0]} + i * {windows.dilation[0]} - {windows.before[0]};",
        f"    if (row < 0 || row >= {rows}) continue;",
        f"    for (int j = 0; j < {windows.size[1]}; ++j) {{",
        f"      const int column = c * {windows.stride[1]} + j * {windows.dilation[1]} - {windows.before[1]};",
        f"      if (column < 0 || column >= {columns}) continue;",
        f"      const double *const pixel = x + (row * {columns} + column) * {channels};",
        f"      {add}",
        "    }", "  }",
        *([f"  {end}"] if end else []),
        *([f"  const double mix = mixes[member * {depth} + o];"] if record.mixed else []),
        f"  a[(y * {places[1]} + c) * {depth} + o] = {formula};",
        "}",
    ]  # fmt: skip
    if record.n_carried:
        out = math.prod(record.shape_out)
        lines.append(f"for (int i = 0; i < {record.n_carried}; ++i) a[{out} + i] = x[{record.n_pixels} + i];")
    return kernels + "".join(f"  {line}\n" for line in lines)


def _kind(record: Windowed) -> tuple[str, str, str]:
    """The C statements for ``z`` before the window, at each of its pixels, and after it."""
    if isinstance(record, Convolution):
        width, taps = record.channels_in // record.groups, record.windows.size
        first = f"o / {record.channels // record.groups} * {width} + " if record.groups > 1 else ""
        return (
            "double z = b[o];",
            f"for (int k = 0; k < {width}; ++k) "
            f"z += pixel[{first}k] * w[((o * {width} + k) * {taps[0]} + i) * {taps[1]} + j];",
            "",
        )
    if isinstance(record, MaxPooling):
        return "double z = -HUGE_VAL;", "z = fmax(z, pixel[o]);", ""
    return "double z = 0.0;\n    int seen = 0;", "z += pixel[o];\n        ++seen;", "z /= seen;"
