"""A program that starts the other one, says so, and then waits to be killed."""

import time

from bench.processes import ChildProgram
from tests.programs.child import Said, Task

if __name__ == "__main__":
    program = ChildProgram[Said]("tests.programs.child", Task("sleep"), Said, {})
    program.next_event()
    print(program.pid, flush=True)  # noqa: T201
    time.sleep(600)
