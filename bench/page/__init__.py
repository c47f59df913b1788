"""The page: a run's words and numbers, ready as strings, and the text made of them."""
