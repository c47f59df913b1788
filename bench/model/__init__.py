"""Models that infer a batch: built by name, loaded with weights, bound to threads."""

from bench.model.engine import Engine, check_model, engine_environment, open_engine

__all__ = ["Engine", "check_model", "engine_environment", "open_engine"]
