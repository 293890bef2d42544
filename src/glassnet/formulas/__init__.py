"""Every concept, written once: activations, losses, penalties, optimizers, schedules, initializers, augmentations.

`language` says what a formula may be, the ``render_*`` modules and `lowering` turn it into numbers, pictures and
code, `registry` keeps the records, `randomness` is the only source of random numbers.
"""

from glassnet.formulas.activation import Activation, MixedActivation, activations, mixed
from glassnet.formulas.augmentation import Augmentation, augmentations, augmented
from glassnet.formulas.connections import Block, Connections
from glassnet.formulas.dropout import dropout_mask, dropout_rates
from glassnet.formulas.heads import SCALE_STARTS, head_members, start_scales
from glassnet.formulas.initializer import Initializer, initializers
from glassnet.formulas.language import Expression
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
