"""`GlassClassifier`, `GlassRegressor` and `GlassSurvival`: estimators of raw tables."""
