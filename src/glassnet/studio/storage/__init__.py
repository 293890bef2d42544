"""The storage of the studio: tables, runs, model files, scripts."""
