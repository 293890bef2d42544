"""Networks that share a body, and the trace of one of their steps."""
