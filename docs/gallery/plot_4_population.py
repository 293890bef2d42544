"""
Sixty-four networks in one call
===============================

A population trains side by side, here with eight learning rates and eight seeds each. What one network finds by luck
shows beside what the setting gives.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_diabetes

from glassnet import train_population

X, y = load_diabetes(return_X_y=True)
X, y = X / X.std(axis=0), (y - y.mean()) / y.std()
rates = np.logspace(-4, -0.5, 8)
trained = train_population(
    X[:300],
    y[:300],
    hidden_layer_sizes=[16],
    learning_rate=np.repeat(rates, 8),
    epochs=40,
    validation=(X[300:], y[300:]),
)

figure, axis = plt.subplots(figsize=(8, 4), layout="constrained")
best = np.array([np.nanmin(curve) for curve in trained.validation_curve])
axis.semilogx(np.repeat(rates, 8), best, "o", alpha=0.5)
axis.semilogx(rates, np.median(best.reshape(8, 8), axis=1), color="black", label="median of eight seeds")
axis.set(xlabel="learning rate", ylabel="smallest validation loss of 40 epochs")
axis.legend()
plt.show()
