"""The command line: the only room that prints and exits."""

from bench.cli import measuring, reporting
from bench.cli.app import app, run

__all__ = ["main", "measuring", "reporting"]


def main() -> None:
    """Run the command that was typed."""
    run(app)
