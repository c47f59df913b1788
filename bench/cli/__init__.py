"""The command line: the only room that prints and exits."""


def main() -> None:
    """Run the command that was typed."""
    # Imported here: the processes that draw import this program again, but run no command.
    from bench.cli.commands import app, run

    run(app)
