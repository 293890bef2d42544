"""One run of the studio: a training that plays, steps, goes back and continues."""
