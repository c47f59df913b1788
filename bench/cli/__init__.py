"""The command line: the only room that prints and exits."""

from bench.cli.commands import main

__all__ = ["main"]
