"""Runs on disk: a self-contained folder of Parquet, ``run.json`` and ``schedule.json``."""
