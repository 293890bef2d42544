"""The kind of each column, judged over all its rows, and the questions that only a person can answer."""
