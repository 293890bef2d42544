"""The columns that each classifier uses."""
