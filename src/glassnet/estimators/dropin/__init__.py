"""`MLPClassifier` and `MLPRegressor`: scikit-learn's interface on the compiled engine."""
