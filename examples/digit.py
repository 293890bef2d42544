"""Train a small convolution on digits of 8 x 8 pixels, and open one weight of one of its kernels.

Prints the chain rule of the weight with the patches that move it and its finite-difference check, what each kernel
answers to, and the pixels that would change the loss most; writes the whole step to digit.html.
"""

import numpy as np
from sklearn.datasets import load_digits

from glassnet import Convolution, Dense, MaxPooling, Network

digits = load_digits()
images, classes = digits.images / 16, np.eye(10)[digits.target]

network = Network(
    [Convolution(6, 3, "relu"), MaxPooling(2), Dense(10)], input_shape=(8, 8, 1), loss="softmax_cross_entropy", seed=1
)
network.fit(images[:1500], classes[:1500], learning_rate=0.01, optimizer="adam", batch_size=50, epochs=4)
right = network.predict(images[1500:]).argmax(axis=1) == digits.target[1500:]
print(f"{network}\n{right.mean():.0%} of the digits that it did not see are right.\n")

trace = network.trace(images[:3], classes[:3], learning_rate=0.01)
print(trace.explain("W1[0,0,1,1]"), "\n")
print("\n".join(neuron.sentence for neuron in network.neurons(images[:200]).of(1)), "\n")

row, channel, y, x = max(np.ndindex(3, 1, 8, 8), key=lambda at: abs(trace.d_inputs[at[0], 8 * at[2] + at[3]]))
print(f"Of the pixels of these three digits, {y},{x} of row {row} would change the loss most:")
check = trace.check(f"dL/dx[{row},{channel},{y},{x}]")
print(f"{check.parameter} = {check.analytic:.4g}, by a finite difference {check.numeric:.4g}: {check.verdict}.")
trace.show("digit.html")
