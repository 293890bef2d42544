"""The kind of each column, inferred from all its rows, and the questions that only a person can answer."""
