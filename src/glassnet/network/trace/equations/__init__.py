"""The numbers of a trace as equations: name, rule, numbers, result."""
