"""Images of the tables of the studio: read, described, shown and measured."""
