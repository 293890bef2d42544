"""The search for better settings, and the committee that it ends in."""
