"""How sure is it? Intervals for amounts, standard errors for probabilities, and a score with its interval."""

from __future__ import annotations

from sklearn.datasets import load_breast_cancer, load_diabetes

from glassnet import GlassClassifier, GlassRegressor


def main() -> None:
    """Predict the course of diabetes and the nature of tumors, each with its uncertainty."""
    table = load_diabetes(as_frame=True).frame
    train, new = table[::2], table[1::2]
    model = GlassRegressor(n_networks=20).fit(train, target="target")
    low, high = model.predict_interval(new, coverage=0.9).T
    inside = ((low <= new["target"]) & (new["target"] <= high)).mean()
    print(f"first new patient: {model.predict(new)[0]:.0f}, with 90 % between {low[0]:.0f} and {high[0]:.0f}")
    print(f"of {len(new)} new patients {100 * inside:.0f} % lie inside their interval")
    score, lowest, highest = model.score_interval(new)
    print(f"R2 {score:.2f}, 95 % interval {lowest:.2f} to {highest:.2f}")

    table = load_breast_cancer(as_frame=True).frame
    train, new = table[::2], table[1::2]
    model = GlassClassifier(n_networks=30).fit(train, target="target")
    chances, errors = model.predict_proba(new)[:, 1], model.predict_standard_error(new)[:, 1]
    doubtful = abs(chances - 0.5).argmin()
    print(f"the most doubtful tumor is benign with probability {chances[doubtful]:.2f} ± {errors[doubtful]:.2f}")


if __name__ == "__main__":
    main()
