"""All commands: each is known to the app once its module is imported."""

from bench.cli import calibrating, comparing, doctoring, importing, measuring, publishing, reporting
from bench.cli.app import app, run

__all__ = [
    "app",
    "calibrating",
    "comparing",
    "doctoring",
    "importing",
    "measuring",
    "publishing",
    "reporting",
    "run",
]
