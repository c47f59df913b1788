"""The command line: the only room that prints and exits."""

from bench.cli import calibrating, comparing, doctoring, importing, measuring, publishing, reporting
from bench.cli.app import app, run

__all__ = [
    "calibrating",
    "comparing",
    "doctoring",
    "importing",
    "main",
    "measuring",
    "publishing",
    "reporting",
]


def main() -> None:
    """Run the command that was typed."""
    run(app)
