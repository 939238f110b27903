"""What the people who decide want to know, counted from what happened to the tickets. Pure but for ``recent``."""
