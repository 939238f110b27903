"""The page on which a person sees the tickets, as an agent would."""
