"""How the project is served: by gunicorn, in a process for each core, with threads in each."""

import os
from math import ceil
from pathlib import Path

LEAST_WORKERS = 2
"""One of them answers while the other one begins anew."""


def cores(control: Path = Path("/sys/fs/cgroup")) -> int:
    """How many cores this process may use: those that it is bound to, or the share that its container may have."""
    found = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(found, ceil(_share(control) or found)))


def _share(control: Path) -> float | None:
    """The cores' time that a container may use, as a number of cores; None where there is no limit."""
    try:
        if (control / "cpu.max").exists():
            quota, period = (control / "cpu.max").read_text().split()
        else:
            quota, period = ((control / "cpu" / f"cpu.cfs_{name}_us").read_text() for name in ("quota", "period"))
        return None if quota == "max" or int(quota) < 0 else int(quota) / int(period)
    except (OSError, ValueError):
        return None


def workers(wanted: int) -> int:
    """How many processes serve: as many as `wanted`, or by the cores where that is 0."""
    return wanted or max(LEAST_WORKERS, cores())


def gunicorn_options(*, host: str, port: int, processes: int, threads: int, does_due_work: bool) -> list[str]:
    """What gunicorn is told on its command line."""
    memory = Path("/dev/shm")  # noqa: S108  gunicorn makes a file there that nobody else can open
    place = ["--worker-tmp-dir", str(memory)] if os.access(memory, os.W_OK) else []
    return [
        "shs.wsgi:with_due_work()" if does_due_work else "shs.wsgi",
        *("--bind", f"[{host}]:{port}" if ":" in host else f"{host}:{port}"),
        *("--workers", str(processes), "--worker-class", "gthread", "--threads", str(threads)),
        # Longer than a proxy keeps a connection: it must be the one to close it.
        *("--keep-alive", "75"),
        *("--graceful-timeout", "30", "--log-level", "warning"),
        # Nothing is written outside the folders of the settings: the heartbeat of the workers lies in memory.
        *("--no-control-socket", *place),
    ]
