"""Models that infer a batch: built by name, loaded with weights, bound to threads."""
