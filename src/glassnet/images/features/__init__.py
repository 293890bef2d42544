"""Hand-crafted features: one record each in a registry, measured on batches, opened to the pixels.

Importing the families registers their records, in the order in which people read them.
"""

# isort: off
from glassnet.images.features.intensity import statistics, histogram  # noqa: F401
from glassnet.images.features.shape import solid, outline  # noqa: F401
from glassnet.images.features.intensity import peak  # noqa: F401
from glassnet.images.features.texture import co_occurrence, run_length, zones, neighborhood  # noqa: F401
from glassnet.images.features.appearance import gradients, binary_pattern, symmetry, blobs  # noqa: F401

# isort: on
from glassnet.images.features.discretization import DEFAULT_BINS, Discretization
from glassnet.images.features.feature import Feature, features
from glassnet.images.features.measure import choose, families, measure
from glassnet.images.features.opening import Opening
from glassnet.images.features.region import Region

__all__ = [
    "DEFAULT_BINS",
    "Discretization",
    "Feature",
    "Opening",
    "Region",
    "choose",
    "families",
    "features",
    "measure",
]
