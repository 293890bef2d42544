"""
What a kernel of 3 x 3 looks for
================================

A convolution on digits of 8 x 8 pixels. Each of its channels is a kernel and the map that it makes of a digit.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from glassnet import Convolution, Dense, MaxPooling, MLPClassifier

X, y = load_digits(return_X_y=True)
X = X / 16
layers = [Convolution(6, 3, activation="relu"), MaxPooling(2), Dense(32, activation="relu")]
model = MLPClassifier(layers, input_shape=(8, 8, 1), max_iter=15, random_state=0).fit(X[:1300], y[:1300])

kernels = np.asarray(model.coefs_[0]).reshape(-1, 6)[:9].T.reshape(6, 3, 3)
maps = model.network_.forward(X[1300:1301]).a[1].reshape(8, 8, 6)

figure, axes = plt.subplots(2, 7, figsize=(10, 3.2), layout="constrained")
axes[0, 0].imshow(X[1300].reshape(8, 8), cmap="gray_r")
axes[0, 0].set_title(f"a {y[1300]}")
for k in range(6):
    largest = abs(kernels).max()
    axes[0, k + 1].imshow(kernels[k], cmap="RdBu_r", vmin=-largest, vmax=largest)
    axes[0, k + 1].set_title(f"kernel {k}")
    axes[1, k + 1].imshow(maps[..., k], cmap="gray_r")
for axis in axes.flat:
    axis.axis("off")
print(f"{100 * model.score(X[1300:], y[1300:]):.1f} % of 497 new digits are classified correctly")
plt.show()
