"""Every concept, written once: activations, losses, penalties, optimizers, schedules, initializers, augmentations.

`language` says what a formula may be and turns it into numbers, pictures and code, `coupled` holds the losses of whole
batches, `registry` keeps the records, `randomness` is the only source of random numbers.
"""

import sys

from glassnet.formulas.activation import Activation, MixedActivation, activations, mixed
from glassnet.formulas.augmentation import Augmentation, augmentations, augmented
from glassnet.formulas.connections import Block, Connections
from glassnet.formulas.coupled import partial_likelihood
from glassnet.formulas.dropout import dropout_mask, dropout_rates
from glassnet.formulas.heads import SCALE_STARTS, head_members, start_scales
from glassnet.formulas.initializer import Initializer, initializers
from glassnet.formulas.language import Expression, syntax
from glassnet.formulas.loss import REDUCTIONS, Link, Loss, links, losses, reduction_factor
from glassnet.formulas.optimizer import Optimizer, optimizers
from glassnet.formulas.parametrization import Parametrization, parametrizations
from glassnet.formulas.penalty import Penalty, penalties
from glassnet.formulas.registry import Parameter, Registry
from glassnet.formulas.schedule import Schedule, schedules

__all__ = [
    "REDUCTIONS", "SCALE_STARTS", "Activation", "Augmentation", "Block", "Connections", "Expression", "Initializer",
    "Link", "Loss", "MixedActivation", "Optimizer", "Parameter", "Parametrization", "Penalty", "Registry", "Schedule",
    "activations", "augmentations", "augmented", "dropout_mask", "dropout_rates", "head_members", "initializers",
    "links", "losses", "mixed", "optimizers", "parametrizations", "penalties", "reduction_factor", "schedules",
    "start_scales",
]  # fmt: skip

# Pickles name the module of a class: those written before these two moved into their rooms still load.
sys.modules |= {f"{__name__}.syntax": syntax, f"{__name__}.partial_likelihood": partial_likelihood}
