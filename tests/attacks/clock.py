"""When an attack ends."""

import time


class Until:
    """Ends some time from now [s]."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def not_over(self) -> bool:
        """Whether the attack goes on."""
        return time.monotonic() < self._end
