"""Recipes: what a table estimator decides before it trains, how it trains, and the model that comes out."""
