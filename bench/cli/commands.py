"""All commands: the import of a module adds its command to the app."""

from bench.cli import (  # noqa: F401 - imported for the commands in them
    calibrate,
    compare,
    doctor,
    import_,
    init_site,
    keys,
    measure,
    predict,
    remove,
    report,
    runs,
    summary,
    verify,
    worker,
)
from bench.cli.app import app, run

__all__ = ["app", "run"]
