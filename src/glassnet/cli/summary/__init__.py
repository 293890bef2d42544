"""What commands print about a model."""
