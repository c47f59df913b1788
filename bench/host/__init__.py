"""The machine at hand: its cores, its allocator, its facts, and programs started on it."""
