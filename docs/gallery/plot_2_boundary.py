"""
A committee and its doubt
=========================

Two classes that no line separates. The probability is the average of eight networks, and its standard error says where
they disagree: between the classes, and where there are no rows.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_moons

from glassnet import GlassClassifier

X, y = make_moons(300, noise=0.25, random_state=0)
model = GlassClassifier(n_networks=8, random_state=0).fit({"a": X[:, 0], "b": X[:, 1]}, y)

a, b = np.meshgrid(np.linspace(-2, 3, 120), np.linspace(-1.6, 2.1, 120))
grid = {"a": a.ravel(), "b": b.ravel()}
chance = model.predict_proba(grid)[:, 1].reshape(a.shape)
error = model.predict_standard_error(grid)[:, 1].reshape(a.shape)

figure, axes = plt.subplots(1, 2, figsize=(10, 3.8), layout="constrained", sharey=True)
for axis, values, colors, title in (
    (axes[0], chance, "RdBu_r", "Probability of class 1"), (axes[1], error, "viridis", "Its standard error"),
):  # fmt: skip
    figure.colorbar(axis.contourf(a, b, values, 12, cmap=colors), ax=axis)
    axis.scatter(*X.T, c=np.where(y, "white", "black"), s=10, edgecolors="gray", linewidths=0.4)
    axis.set(title=title, xlabel="a", ylabel="b")
plt.show()
