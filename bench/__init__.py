"""Measure what remote inference costs against local inference, and publish it.

Data travels one way through the rooms of this package: a plan is measured,
stored as Parquet, summarised, drawn and published into a Jekyll site.
``[tool.importlinter]`` in ``pyproject.toml`` states the order and enforces it.
"""
