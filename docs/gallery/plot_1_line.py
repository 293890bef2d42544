"""
One neuron finds a line
=======================

The smallest network: one weight, one bias, one neuron. Each training step moves the line against the gradient, and the
trace gives the gradient as the sum over the rows that made it.
"""

import matplotlib.pyplot as plt
import numpy as np

from glassnet import Dense, Network

x, y = np.array([0.5, 2.3, 2.9]), np.array([1.4, 1.9, 3.2])
network = Network([Dense(1, 1, weights=[[0.01]], biases=[0.01])], reduction="sum")
print(network.trace(x, y, learning_rate=0.01).explain("W1[0,0]").numbers)

# %%
# Twenty steps, and the loss before each of them.

grid = np.linspace(0, 3.5, 50)
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
losses = []
for step in range(20):
    losses.append(network.loss(x[:, None], y[:, None]).total)
    if step in (0, 1, 3, 8, 19):
        left.plot(
            grid, network.forward(grid[:, None]).prediction, color="C0", alpha=0.2 + 0.04 * step, label=f"step {step}"
        )
    network.step(x[:, None], y[:, None], learning_rate=0.01)
left.scatter(x, y, color="black", zorder=3)
left.set(xlabel="x", ylabel="y", title="The line turns towards the rows")
left.legend()
right.plot(losses, marker="o")
right.set(xlabel="step", ylabel="sum of squared errors", title="The loss falls")
plt.show()
