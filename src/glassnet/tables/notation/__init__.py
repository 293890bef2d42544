"""How cells write numbers, dates and categories."""
