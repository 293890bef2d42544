"""Files of other programs: spreadsheets, statistics packages, data bases, JSON, and packed files."""
