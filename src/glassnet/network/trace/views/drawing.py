"""A network, or a step of its training, as a drawing that answers: choose a link, a neuron or a number and read it.

It is the studio's drawing, with everything that it opens inside the page. In a notebook it stands below the cell; from
a terminal it is written to a file and opened in the browser.
"""

from __future__ import annotations

import sys
import tempfile
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.atomic import write_atomically
from glassnet.errors import ConfigurationError
from glassnet.network.trace.views.card import number_card
from glassnet.network.trace.views.json import canonical
from glassnet.pages.live import framed, live_page

if TYPE_CHECKING:
    from glassnet.network.structure import Network
    from glassnet.network.trace.trace import Trace

MOST_PARAMETERS = 20_000
"""Weights and biases up to which a network is drawn."""
_MOST_ROWS, _MOST_QUANTITIES, _MOST_OPENED = 8, 200, 100
_DIGITS, _TERMS = 5, 8
_HEIGHT = "36rem"


def trace_document(trace: Trace) -> dict[str, Any]:
    """The data of the drawing of a step: the network, some rows, and a card for each number that can be opened."""
    sizes, weights = trace.layer_sizes, [f.weights for f in trace.forward]
    _check_size(sum(f.weights.size + f.biases.size for f in trace.forward))
    per_row = 3 * sum(sizes[1:]) + sizes[0] + 3 * sizes[-1]
    rows = max(1, min(trace.n_rows, _MOST_ROWS, _MOST_QUANTITIES // per_row))
    names = [*_quantities(trace, rows), *_parameters(trace)]
    held = trace.to_json(rows=rows)
    return {
        "sizes": list(sizes), "activations": [f.activation.spec for f in trace.forward],
        "layers": _layers(weights, [f.biases for f in trace.forward]), "feature_names": list(trace.feature_names),
        "target_names": list(trace.target_names), "row_names": list(trace.row_names[:rows]),
        "step": {key: held[key] for key in ("X", "y", "loss", "n_rows")} | {
            "forward": [{key: layer[key] for key in ("z", "a")} for layer in held["forward"]],
        },
        "cards": {name: number_card(trace, name, digits=_DIGITS, terms=_TERMS) for name in names},
    }  # fmt: skip


def network_document(network: Network) -> dict[str, Any]:
    """The data of the drawing of a network without rows: its weights only."""
    _check_size(network.n_parameters)
    sizes = [network.weights[0].shape[0], *(w.shape[1] for w in network.weights)]
    return {
        "sizes": sizes, "activations": [layer.activation.spec for layer in network.layers],
        "layers": _layers(network.weights, network.biases), "feature_names": [f"x{i}" for i in range(sizes[0])],
        "target_names": [f"y{k}" for k in range(sizes[-1])], "row_names": [], "step": None, "cards": {},
    }  # fmt: skip


def _check_size(count: int) -> None:
    """Raise for a network that cannot be drawn."""
    if count > MOST_PARAMETERS:
        raise ConfigurationError(
            f"This network has {count:,} weights and biases; a drawing holds at most {MOST_PARAMETERS:,}. Use "
            "trace.html() or trace.explain(name), or the studio."
        )


def _layers(weights: Any, biases: Any) -> list[dict[str, Any]]:
    """The weights of each layer as the drawing takes them."""
    return [
        {"weights": canonical(w), "biases": canonical(b), "links": [], "size": canonical(np.abs(w).mean())}
        for w, b in zip(weights, biases, strict=True)
    ]


def _quantities(trace: Trace, rows: int) -> list[str]:
    """The names of what is computed for each row, and the loss."""
    sizes, names = trace.layer_sizes, ["L"]
    for r in range(rows):
        names += [f"x[{r},{i}]" for i in range(sizes[0])]
        for k, size in enumerate(sizes[1:], start=1):
            names += [f"{letter}{k}[{r},{j}]" for j in range(size) for letter in "zaδ"]
        names += [f"{letter}[{r},{j}]" for j in range(sizes[-1]) for letter in "fp"]
        names.append(f"ℓ[{r}]")
    return names


def _parameters(trace: Trace) -> list[str]:
    """The names of the parameters that can be opened: all of few, the largest of many."""
    names = list(trace.parameter_names)
    if len(names) <= _MOST_OPENED:
        return names

    def size(name: str) -> float:
        kind, layer, index = trace.locate(name)
        return abs(float(getattr(trace.forward[layer - 1], kind)[index]))

    return sorted(names, key=size, reverse=True)[:_MOST_OPENED]


def show(document: dict[str, Any], title: str, path: str | Path | None, theme: str) -> None:
    """Show a drawing where its reader is: below a notebook's cell, in a file that was named, or in the browser."""
    show_page(live_page(title, document, theme=theme), title, path, scripts=True)


def show_page(page: str, title: str, path: str | Path | None, *, scripts: bool = False) -> None:
    """Show a page below a notebook's cell, in a file that was named, or in the browser."""
    if path is not None:
        write_atomically(path, page)
        return
    display = _notebook_display()
    if display is not None:
        frame = framed(page, title, height=_HEIGHT, scripts=scripts)
        display({"text/html": str(frame), "text/plain": title}, raw=True)
        return
    place = Path(tempfile.mkdtemp(prefix="glassnet-")) / "drawing.html"
    write_atomically(place, page)
    print(place)  # noqa: T201
    webbrowser.open(place.as_uri())


def _notebook_display() -> Any:
    """IPython's `display` if this runs in a notebook kernel, otherwise None; IPython is not imported for it."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return None if getattr(shell, "kernel", None) is None else sys.modules["IPython.display"].display
