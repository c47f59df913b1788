"""Charts: from a summary to pictures that a person can read and a program can check."""
