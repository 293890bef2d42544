"""How good the networks are on tables: real ones and generated ones, beside scikit-learn's models."""
