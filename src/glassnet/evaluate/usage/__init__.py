"""Which columns each classifier uses."""
