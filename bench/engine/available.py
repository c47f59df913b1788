"""Which engines this machine can run: its devices, what compiles, and what a CPU emulates."""

import functools
import os
import shutil
import sysconfig
from collections.abc import Mapping
from pathlib import Path

import msgspec

from bench.engine.precision import PRECISIONS, is_emulated
from bench.errors import HostError
from bench.processes import ChildProgram, ParentPipe, ProgramDied
from bench.records import CPU, EngineSpec, Facts

_COMPILERS = ("g++", "clang++")


_LOWEST_PRIORITY = 19


class DeviceQuestion(msgspec.Struct, frozen=True):
    """The job of the process that asks torch for devices; in the background it gives way."""

    background: bool = False


class Devices(msgspec.Struct, frozen=True, tag="devices"):
    """The devices of a machine, as an engine names them, with what their makers call them."""

    names: dict[str, str]


def check_available(spec: EngineSpec, flag: str) -> None:
    """Refuse an engine that this machine cannot run, before anything is started.

    Parameters
    ----------
    spec : EngineSpec
        The engine.
    flag : str
        The flag that it was given by, for the error.

    Raises
    ------
    HostError
        With what is missing, and what there is.
    """
    if spec.compiled and (missing := missing_for_compiling()):
        raise HostError(
            f"{flag}: 'compile' needs {missing}, which this machine lacks; install it (Debian: "
            "g++ python3-dev), or leave 'compile' out."
        )
    if not spec.on_cpu and spec.device not in (devices := available_devices()):
        raise HostError(f"{flag}: this machine has no {spec.device}; it has {', '.join(devices)}.")


def available_engines() -> Facts:
    """Return what engines can use here: devices, the compiler, and how precisions are computed.

    It imports torch.
    """
    return {**device_facts(_torch_devices()), **compute_facts()}


def device_facts(names: Mapping[str, str]) -> Facts:
    """Return devices as a fact, each with its maker's name for it where it has one."""
    return {"devices": [f"{word} ({name})" if name else word for word, name in names.items()]}


def compute_facts() -> Facts:
    """Return what engines can use here besides devices; torch is not asked for that."""
    missing = missing_for_compiling()
    return {
        "compile": _compiler() if missing is None else None,
        **({"compile_missing": f"{missing} is missing"} if missing else {}),
        **{precision: _EMULATED[is_emulated(precision)] for precision in PRECISIONS},
    }


def missing_for_compiling() -> str | None:
    """Return what ``torch.compile`` needs and is not there: a compiler or Python's headers."""
    if _compiler() is None:
        return "a C++ compiler"
    if not (Path(sysconfig.get_path("include")) / "Python.h").exists():
        return "the headers of Python"
    return None


def compiler_environment() -> dict[str, str]:
    """Return the variable that names the folder of compiled models, which all runs share.

    It is in the user's home, so that no other user can write code into it. Where no folder there
    can be written, torch chooses one.
    """
    try:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "scalebench"
        cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, RuntimeError):  # no home
        return {}
    return {"TORCHINDUCTOR_CACHE_DIR": str(cache / "compiled")} if os.access(cache, os.W_OK) else {}


@functools.cache
def available_devices() -> tuple[str, ...]:
    """Return the devices of this machine as an engine names them, such as ``cuda:0``."""
    program = ask_devices()
    try:
        return tuple(program.first_event().names)
    except ProgramDied as error:
        raise HostError(f"the devices of this machine are not known: {error}.") from error
    finally:
        program.stop()


_EMULATED = {False: "computed by the CPU", True: "emulated by the CPU", None: "not known"}


def _compiler() -> str | None:
    names = (os.environ.get("CXX"), *_COMPILERS)
    return next((name for name in names if name and shutil.which(name)), None)


def ask_devices(*, background: bool = False) -> ChildProgram[Devices]:
    """Start a process that asks torch for the devices: it takes seconds and much memory."""
    return ChildProgram(
        "bench.engine.available", DeviceQuestion(background=background), Devices, {}
    )


def main() -> None:
    """Send the devices of this machine."""
    parent = ParentPipe()
    if parent.receive_job(DeviceQuestion).background:
        os.nice(_LOWEST_PRIORITY)
    parent.emit(Devices(_torch_devices()))


def _torch_devices() -> dict[str, str]:
    import torch  # noqa: PLC0415 - only these processes need torch

    names = {CPU: ""}
    if torch.cuda.is_available():
        count = torch.cuda.device_count()
        numbered = {f"cuda:{number}": torch.cuda.get_device_name(number) for number in range(count)}
        names |= {"cuda": numbered["cuda:0"], **numbered}
    if torch.backends.mps.is_available():
        names["mps"] = ""
    return names


if __name__ == "__main__":
    main()
