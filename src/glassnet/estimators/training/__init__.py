"""Training of a table estimator, from rows and a decided recipe to a fitted table."""
