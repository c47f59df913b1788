"""All commands: each is known to the app once its module is imported."""

from bench.cli import (  # noqa: F401 - imported for the commands in them
    calibrating,
    comparing,
    doctoring,
    importing,
    measuring,
    publishing,
    reporting,
)
from bench.cli.app import app, run

__all__ = ["app", "run"]
