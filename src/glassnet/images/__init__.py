"""Images: files and arrays in; features that a person can open to the pixels out, and phantoms to try them on."""

from glassnet.images.feature_table import FeatureTable, feature_table
from glassnet.images.image_set import ImageSet, image_set
from glassnet.images.phantoms import Knobs, Phantoms, phantoms

__all__ = ["FeatureTable", "ImageSet", "Knobs", "Phantoms", "feature_table", "image_set", "phantoms"]
