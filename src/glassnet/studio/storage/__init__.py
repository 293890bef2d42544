"""What the studio keeps: tables, runs, model files, scripts."""
