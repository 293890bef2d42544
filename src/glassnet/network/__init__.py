"""Networks in NumPy that anyone can read: the reference for the compiled engine.

`structure` says what a network is, `forward`, `backward` and `update` what it does, `fit` repeats that. `recording`
writes one training step down as a `Trace`; `explain` and the ``*_text``, ``*_latex``, ``*_json``, ``*_frame`` modules
show it, with `pictures` of what belongs to images. `shared` is many networks with one body. `collapse`, `stability`,
`neurons` and `channels` say what kind of network it is. What each layer computes is in `glassnet.layers`.
"""

from glassnet.layers import Convolution, Dense, GlobalMean, LayerSpec, MaxPooling, MeanPooling
from glassnet.network.backward import Gradients
from glassnet.network.fit import StepHistory
from glassnet.network.forward import Forward
from glassnet.network.objective import LossValue, Objective
from glassnet.network.shared.networks import SharedGradients, SharedNetworks
from glassnet.network.structure import Network
from glassnet.network.trace.records import InputStep
from glassnet.network.trace.trace import Trace
from glassnet.network.update import OptimizerState

__all__ = [
    "Convolution",
    "Dense",
    "Forward",
    "GlobalMean",
    "Gradients",
    "InputStep",
    "LayerSpec",
    "LossValue",
    "MaxPooling",
    "MeanPooling",
    "Network",
    "Objective",
    "OptimizerState",
    "SharedGradients",
    "SharedNetworks",
    "StepHistory",
    "Trace",
]  # fmt: skip
