"""``python -m benchmarks.accuracy.series``: tables whose rows come in series, with whole series held out.

A random split puts neighbors of a test row, such as the same storm six hours earlier, among the training rows. Here
no storm, route, country or city is on both sides: three splits, a quarter of the series for the test.
"""

from __future__ import annotations

import argparse
import warnings

import numpy as np

from benchmarks.accuracy.larger import RIVALS, judged
from benchmarks.accuracy.report import markdown
from benchmarks.accuracy.tables import SERIES, table_named, with_series

_MODELS = ("glassnet", "CatBoost", "LightGBM", "XGBoost")
_MOST_ROWS, _SPLITS, _TEST = 8_000, 3, 0.25


def losses_of(name: str) -> dict[str, list[tuple[float, float]]]:
    """Loss and score of each model on each split."""
    from sklearn.model_selection import GroupShuffleSplit

    frame, y, series = with_series(name)
    task = table_named(name).task
    y = np.unique(y, return_inverse=True)[1] if task == "classification" else y.astype(float)
    kept = np.sort(np.random.default_rng(0).permutation(len(y))[:_MOST_ROWS])
    frame, y, series = frame.iloc[kept].reset_index(drop=True), y[kept], series[kept]
    found: dict[str, list[tuple[float, float]]] = {}
    for rival in (rival for rival in RIVALS if rival.name in _MODELS):
        for seed in range(_SPLITS):
            split = GroupShuffleSplit(1, test_size=_TEST, random_state=seed)
            train, test = next(split.split(y, groups=series))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                answer = rival.fit(frame.iloc[train].reset_index(drop=True), y[train], task, seed)
                predicted = np.asarray(answer(frame.iloc[test].reset_index(drop=True)), dtype=float)
            one = judged(predicted, y[test], y[train], task)
            found.setdefault(rival.name, []).append((one["loss"], one["score"]))
        print(name, rival.name, np.round(found[rival.name], 4).tolist(), flush=True)
    return found


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy.series", description=__doc__)
    parser.add_argument("--tables", nargs="*", default=list(SERIES), help="only these tables")
    rows = []
    for name in parser.parse_args().tables:
        means = {model: np.mean(values, axis=0) for model, values in losses_of(name).items()}
        best = min(loss for loss, _ in means.values())
        cells = [f"**{loss:.4f}**" if loss == best else f"{loss:.4f}" for loss, _ in means.values()]
        rows.append([name, *cells, *(f"{score:.4f}" for _, score in means.values())])
    names = [model for model in _MODELS if model in means]
    print(markdown(["table", *names, *(f"{model}, score" for model in names)], rows))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
