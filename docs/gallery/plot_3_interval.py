"""
An amount and its interval
==========================

Twenty networks on bootstraps of the rows. The interval is calibrated on the rows that each of them missed, so that nine
of ten new rows lie inside, where the noise is the same everywhere.
"""

import matplotlib.pyplot as plt
import numpy as np

from glassnet import GlassRegressor

rng = np.random.default_rng(0)
dose = rng.uniform(-3, 3, 400)
effect = np.sin(2 * dose) + 0.3 * dose + rng.normal(scale=0.3, size=400)
model = GlassRegressor(n_networks=20, random_state=0).fit({"dose": dose[:200]}, effect[:200])

grid = np.linspace(-3, 3, 200)
low, high = model.predict_interval({"dose": grid}, coverage=0.9).T
inside_low, inside_high = model.predict_interval({"dose": dose[200:]}, coverage=0.9).T
inside = ((inside_low <= effect[200:]) & (effect[200:] <= inside_high)).mean()

figure, axis = plt.subplots(figsize=(8, 4), layout="constrained")
axis.fill_between(grid, low, high, alpha=0.25, label="90 % interval")
axis.plot(grid, model.predict({"dose": grid}), label="average of 20 networks")
axis.scatter(dose[200:], effect[200:], s=8, color="black", label="new rows")
axis.set(xlabel="dose", ylabel="effect", title=f"{100 * inside:.0f} % of the new rows lie inside")
axis.legend()
plt.show()
