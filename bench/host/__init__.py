"""A machine: its cores, its allocator, its facts, and what disturbs a measurement on it."""
