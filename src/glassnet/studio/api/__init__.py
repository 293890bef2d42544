"""What the server answers: one function per endpoint of the contract, found by its name."""
