"""The answers of the server: one function per endpoint of the contract, found by its name."""
