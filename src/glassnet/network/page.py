"""A network that is not dense throughout as one stand-alone page: its layers, their sizes and arrays as pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glassnet.layers import Convolution
from glassnet.layers.place import shape_text
from glassnet.network.trace.views.pictures import kernels_figure
from glassnet.pages import Markup, Part, page, paragraph, table

if TYPE_CHECKING:
    from glassnet.network.structure import Network


def network_page(network: Network) -> str:
    """The layers as a table, then the kernels of each convolution.

    Examples
    --------
    >>> from glassnet import Convolution, Dense, Network
    >>> network = Network([Convolution(2, 3, "relu"), Dense(1)], input_shape=(4, 4, 1))
    >>> "W1[0]" in network_page(network)
    True
    """
    rows = [
        [str(k), repr(layer), shape_text(layer.shape_in, layer.n_carried),
         shape_text(layer.shape_out, layer.n_carried_out), str(layer.n_trained)]
        for k, layer in enumerate(network.layers, start=1)
    ]  # fmt: skip
    head = ["layer", "what it is", "enters", "leaves", "numbers that are trained"]
    parts = [Part("Layers", [table(head, rows)])]
    for k, layer in enumerate(network.layers, start=1):
        if isinstance(layer, Convolution):
            parts.append(Part(f"Layer {k}", _kernels(network, k)))
    lead = f"{len(network.layers)} layers, {network.n_parameters} numbers that are trained."
    return page("A network", parts, lead=lead, kicker="glassnet")


def _kernels(network: Network, k: int) -> list[Markup]:
    """The kernels of a layer, and how to open a number of them."""
    how = f'network.trace(X, y, learning_rate=0.01).explain("W{k}[0,0,0,0]") opens one weight on your own rows.'
    return [kernels_figure(network.weights[k - 1], k), paragraph(how)]
