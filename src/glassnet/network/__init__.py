"""Networks in NumPy that anyone can read: the reference for the compiled engine.

`stack` and `structure` define a network, `forward`, `backward` and `update` what it does, and `fit` repeats that.
`trace` records one training step and shows it; `shared` is many networks with one body. `collapse`, `stability`,
`neurons` and `channels` analyze a network. What each layer computes is in `glassnet.layers`.
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
