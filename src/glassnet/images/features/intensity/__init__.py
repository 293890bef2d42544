"""Features of gray values wherever they lie: their statistics, their histogram, and the brightest places."""
