"""Parts of every estimator: its trained networks, checked parameters, progress and files."""
