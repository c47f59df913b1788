"""A compute process that answers quickly and wrongly; everything else about it is real."""

from bench.model.engine import CLASS_COUNT
from bench.model.stub import StubEngine
from bench.worker.compute import main


def _infer_wrongly(_engine: StubEngine, batch: object) -> memoryview:
    assert hasattr(batch, "__len__")
    return memoryview(bytes(len(batch) * CLASS_COUNT * 4))


if __name__ == "__main__":
    StubEngine.infer = _infer_wrongly  # type: ignore[method-assign, assignment]
    main()
