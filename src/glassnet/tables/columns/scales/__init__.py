"""How numbers become inputs of a size that a network can work with."""
