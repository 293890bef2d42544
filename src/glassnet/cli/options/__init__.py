"""Options and destinations that several commands share."""
