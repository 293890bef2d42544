"""Hand-crafted features: one record each in a registry, measured on batches, opened to the pixels."""
from glassnet.images.features import (  # noqa: F401  (each registers its family)
    intensity, histogram, shape, peak, co_occurrence, run_length, zones, neighborhood)
from glassnet.images.features.feature import features
