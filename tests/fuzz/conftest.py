"""Fuzz targets are no tests: ``make fuzz`` runs them, with a tool that not every Python has."""

collect_ignore_glob = ["fuzz_*.py"]
