"""Train a network on the pixels of images, beside one on hand-crafted features of the same.

The images are phantoms of lesions, so that it runs anywhere; put your own array of images and their labels in their
place. Prints accuracies on images that no model has seen, the versions of one image that the network saw, and where the
network of the default recipe is unsure; writes the step on that image to scan.html.
"""

import numpy as np

from glassnet import GlassClassifier
from glassnet.images import Knobs, phantoms
from glassnet.images.features import choose, measure

made = phantoms(320, knobs=Knobs(position=0.7, orientation=0.5, appearance=0.2, noise=0.05), seed=2)
images, labels = made.images, np.array(made.names)
train, test = slice(0, 240), slice(240, None)

features = np.nan_to_num(measure(images, chosen=choose("2D", masked=False)))
crafted = GlassClassifier(recipe="lecture").fit(features[train], labels[train])
learned = GlassClassifier(epochs=60, n_networks=1).fit(images[train], labels[train])
print(f"hand-crafted features: {crafted.score(features[test], labels[test]):.3f}")
print(f"learned from pixels:   {learned.score(images[test], labels[test]):.3f}\n")
print(learned.recipe_.explain(), "\n")

for version in range(3):
    trace = learned.trace(images, 5, y=labels, version=version, numbers=[5])
    print(f"version of image 5 in epoch {version}: {', '.join(trace.augmented.words[0])}")

chance = learned.predict_proba(images[test])[:, 1]
unsure = 240 + int(np.abs(chance - 0.5).argmin())
print(f"\nImage {unsure} is {labels[unsure]}; the network gives malignant {chance[unsure - 240]:.2f}.")
learned.trace(images, unsure, y=labels).show("scan.html")
