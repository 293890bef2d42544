"""Files of other programs: spreadsheets, statistics packages, databases, JSON, and packed files."""
