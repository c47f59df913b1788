"""Small CSV files in the two shapes that the origin study wrote."""

from collections.abc import Iterable, Sequence
from pathlib import Path

OLD = ("benchmark", "topology", "interop_threads", "intraop_threads", "batch_size")
NEW = (
    "benchmark",
    "topology",
    "pinning",
    "source",
    "allocator",
    "instance_id",
    *OLD[2:],
)
LATENCY = ("latency(min)", "latency(avg)", "latency(max)", "flops")
BATCH_SIZES = (1, 8, 16, 32, 64)
Files = tuple[Path, Path]


def write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
    """Write a CSV file with the line ends that Python's writer gives it."""
    lines = [columns, *rows]
    path.write_bytes("".join(",".join(map(str, line)) + "\r\n" for line in lines).encode())
    return path


def mean_ms(batch_size: int, threads: int, *, remote: bool) -> float:
    """Return the mean latency of a made-up configuration: remote takes a tenth more."""
    return 80 * batch_size / threads * (1.1 if remote else 1)


def write_old(folder: Path, threads: Sequence[int] = (1, 2, 3)) -> Files:
    """Write the older shape: the second word of the benchmark is the placement."""
    keys = [
        (f"resnet_{arm}_script", "sequential", 1, count, size)
        for arm in ("remote", "local")
        for size in BATCH_SIZES
        for count in threads
    ]
    means = [mean_ms(k[4], k[3], remote="remote" in k[0]) for k in keys]
    return _write_pair(folder, OLD, keys, means)


def write_new(folder: Path) -> Files:
    """Write the newer shape: no placements, but two allocators and two instances."""
    keys = [
        ("resnet_manual_none", "sequential", "numactl", "torch", allocator, instance, 1, count, 16)
        for allocator in ("tcmalloc", "default")
        for instance in (0, 1)
        for count in (1, 2)
    ]
    means = [mean_ms(16, int(k[7]), remote=k[4] == "tcmalloc") + int(k[5]) for k in keys]
    return _write_pair(folder, NEW, keys, means)


def _write_pair(
    folder: Path, columns: Sequence[str], keys: Sequence[Sequence[object]], means: Sequence[float]
) -> Files:
    latency = [
        (*key, 0.9 * mean, mean, 1.5 * mean, 0.0) for key, mean in zip(keys, means, strict=True)
    ]
    throughput = [
        (*key, float(str(key[-1])) / mean * 1000) for key, mean in zip(keys, means, strict=True)
    ]
    return (
        write(folder / "latency.csv", (*columns, *LATENCY), latency),
        write(folder / "throughput.csv", (*columns, "throughput"), throughput),
    )
