"""Faults that are really injected: kills at random moments, and a network that misbehaves."""
