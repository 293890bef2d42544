"""Options and output paths that several commands share."""
