"""Tables of the studio: built in or uploaded, understood, prepared."""
