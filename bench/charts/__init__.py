"""Charts: from a summary to 28 pictures that a person can read and a program can check."""
