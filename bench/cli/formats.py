"""Values that an option takes: checked, and offered by the shell's completion."""

from collections.abc import Callable, Sequence

from bench.errors import UsageError


def check_format(form: str, known: Sequence[str]) -> None:
    """Refuse a format that a command does not have.

    Raises
    ------
    UsageError
        With the formats that it has.
    """
    if form not in known:
        raise UsageError(f"--format: {form!r} is not one of {', '.join(known)}.")


def complete_from(words: Sequence[str]) -> Callable[[str], list[str]]:
    """Return what completes the beginning of a word to those of ``words`` that fit."""

    def complete(incomplete: str) -> list[str]:
        return [word for word in words if word.startswith(incomplete)]

    return complete
