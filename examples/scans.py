"""Train a network on the pixels of images, with and without moving versions of them, beside hand-crafted features.

The images are phantoms of lesions, so that it runs anywhere; put your own array of images and their labels in their
place. Prints accuracies on images that no model has seen, the versions of one image that the network saw, and where the
network of the default recipe is unsure; writes the step on that image to scan.html.
"""

import numpy as np

from glassnet import GlassClassifier
from glassnet.images import Knobs, phantoms
from glassnet.images.features import choose, measure

made = phantoms(400, knobs=Knobs(position=0.7, orientation=1.0, appearance=0.5, noise=0.2), seed=2)
images, labels = made.images, np.array(made.names)
train, test = slice(0, 300), slice(300, None)

features = np.nan_to_num(measure(images, chosen=choose("2D", masked=False)))
crafted = GlassClassifier(n_jobs=2).fit(features[train], labels[train])
learned = GlassClassifier(epochs=40, n_networks=2, resampling="folds", n_jobs=2).fit(images[train], labels[train])
print(f"hand-crafted features: {crafted.score(features[test], labels[test]):.3f}")
print(f"learned from pixels:   {learned.score(images[test], labels[test]):.3f}\n")
print(learned.recipe_.explain(), "\n")

for version in range(3):
    trace = learned.trace(images, 5, y=labels, version=version, numbers=[5])
    print(f"version of image 5 in epoch {version}: {', '.join(trace.seen.words[0])}")

chance = learned.predict_proba(images[test])[:, 1]
unsure = 300 + int(np.abs(chance - 0.5).argmin())
print(f"\nImage {unsure} is {labels[unsure]}; the network gives malignant {chance[unsure - 300]:.2f}.")
learned.trace(images, unsure, y=labels).show("scan.html")
