"""What every estimator holds: its trained networks, checked parameters, progress and files."""
