"""The forward and backward pass of each layer: one record per layer, one file per kind.

`spec` says what every kind must say, `links` what a layer adds up, `place` how numbers are named. `dense`,
`convolution` and `pooling` are the kinds; `windows` is what the last two share. `stack` puts layers behind one another.
"""

from glassnet.layers.convolution import Convolution
from glassnet.layers.dense import Dense
from glassnet.layers.links import NO_WEIGHT, Links
from glassnet.layers.place import Place
from glassnet.layers.pooling import GlobalMean, MaxPooling, MeanPooling
from glassnet.layers.spec import NO_ARRAY, Backward, LayerSpec, Rule
from glassnet.layers.stack import dense_only, sizes_text, stacked

__all__ = [
    "NO_ARRAY", "NO_WEIGHT", "Backward", "Convolution", "Dense", "GlobalMean", "LayerSpec", "Links", "MaxPooling",
    "MeanPooling", "Place", "Rule", "dense_only", "sizes_text", "stacked",
]  # fmt: skip

KINDS: dict[str, type[LayerSpec]] = {
    kind.kind: kind for kind in (Dense, Convolution, MaxPooling, MeanPooling, GlobalMean)
}
"""The kinds of layer by their names, for files and for whatever else reads them back."""
