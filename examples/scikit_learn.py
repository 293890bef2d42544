"""One import changed: a pipeline, a search, a calibrated classifier, and what was not there before."""

from __future__ import annotations

from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_wine
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from glassnet import MLPClassifier


def main() -> None:
    """Classify wines by their chemistry."""
    X, y = load_wine(return_X_y=True, as_frame=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)

    network = MLPClassifier((16,), solver="lbfgs", max_iter=1000, random_state=0)
    pipeline = make_pipeline(StandardScaler(), network).set_output(transform="pandas")
    grid = {"mlpclassifier__alpha": [0.1, 1.0, 10.0], "mlpclassifier__activation": ["tanh", "gelu"]}
    search = GridSearchCV(pipeline, grid, cv=3).fit(X_train, y_train)
    print(f"best settings {search.best_params_}, test accuracy {search.score(X_test, y_test):.3f}")

    calibrated = CalibratedClassifierCV(search.best_estimator_, cv=3).fit(X_train, y_train)
    print(f"calibrated, test accuracy {calibrated.score(X_test, y_test):.3f}")

    committee = make_pipeline(
        StandardScaler(), MLPClassifier((16,), dropout=0.1, n_networks=10, learning_rate_init=0.01, random_state=0)
    )
    print(f"ten networks with dropout, cross-validated accuracy {cross_val_score(committee, X, y, cv=5).mean():.3f}")

    scaled = search.best_estimator_[0].transform(X_test).to_numpy()
    fast = search.best_estimator_[-1].compile_predict()
    print(f"probabilities of the first wine, in microseconds: {fast(scaled[0]).round(3)}")


if __name__ == "__main__":
    main()
