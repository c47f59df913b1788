"""Input that is made at random, in large numbers: ``make fuzz``."""
