"""The command line: the only room that prints and exits."""


def main() -> None:
    """Run the command that was typed."""
    # Not above: a process that draws imports the program once more, and runs no command.
    from bench.cli.commands import app, run

    run(app)
