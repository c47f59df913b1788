"""The devices of a worker's machine, which torch is asked for while no client is served."""

from bench.engine.available import Devices, ask_devices, compute_facts, device_facts
from bench.errors import ScalebenchError
from bench.processes import ChildProgram, ProgramDied
from bench.records import Facts

_NOT_YET = "torch has not answered yet; ask again in a few seconds, while no client measures"


class DeviceQuery:
    """Asks torch for the devices once, in a process of the lowest priority.

    That process loads a core for seconds, so the worker serves before it, and ends it when a client
    comes; it is started again later.

    Parameters
    ----------
    wanted : bool
        Whether to ask at all; without that there are no facts.
    """

    def __init__(self, *, wanted: bool) -> None:
        self.program: ChildProgram[Devices] | None = None
        self._answered = not wanted
        self._other_facts = compute_facts() if wanted else {}
        self.facts = {**_unknown(_NOT_YET), **self._other_facts} if wanted else {}

    def begin(self) -> None:
        """Start to ask, unless the answer is known or on its way."""
        if not self._answered and self.program is None:
            self.program = ask_devices(background=True)

    def receive(self) -> None:
        """Take the answer of the program, which waits or failed; it is not asked again."""
        assert self.program is not None
        try:
            devices = device_facts(self.program.next_event().names)
        except (ProgramDied, ScalebenchError) as error:
            devices = _unknown(str(error))
        self.facts = {**devices, **self._other_facts}
        self._answered = True
        self.end()

    def end(self) -> None:
        """End the program if it runs."""
        if self.program is not None:
            self.program.stop()
            self.program = None


def _unknown(reason: str) -> Facts:
    return {"devices": None, "devices_missing": reason}
