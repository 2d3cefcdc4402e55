"""The options of gunicorn: a process for each core, each with several threads."""

import os
from math import ceil
from pathlib import Path

LEAST_WORKERS = 2
"""With two processes, one answers while the other is restarted."""


def cores(control: Path = Path("/sys/fs/cgroup")) -> int:
    """The number of cores that this process may use: its CPU affinity, or the CPU quota of its container if lower."""
    found = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(found, ceil(_share(control) or found)))


def _share(control: Path) -> float | None:
    """The CPU quota of the container as a number of cores; None if there is no limit."""
    try:
        if (control / "cpu.max").exists():
            quota, period = (control / "cpu.max").read_text().split()
        else:
            quota, period = ((control / "cpu" / f"cpu.cfs_{name}_us").read_text() for name in ("quota", "period"))
        return None if quota == "max" or int(quota) < 0 else int(quota) / int(period)
    except (OSError, ValueError):
        return None


def workers(wanted: int) -> int:
    """The number of processes: `wanted`, or by the number of cores if that is 0."""
    return wanted or max(LEAST_WORKERS, cores())


def gunicorn_options(*, host: str, port: int, processes: int, threads: int, does_due_work: bool) -> list[str]:
    """The command line options of gunicorn."""
    memory = Path("/dev/shm")  # noqa: S108  gunicorn makes a file there that nobody else can open
    place = ["--worker-tmp-dir", str(memory)] if os.access(memory, os.W_OK) else []
    return [
        "shs.wsgi:with_due_work()" if does_due_work else "shs.wsgi",
        *("--bind", f"[{host}]:{port}" if ":" in host else f"{host}:{port}"),
        *("--workers", str(processes), "--worker-class", "gthread", "--threads", str(threads)),
        # Longer than proxies keep idle connections, so that the proxy closes them and not the server.
        *("--keep-alive", "75"),
        *("--graceful-timeout", "30", "--log-level", "warning"),
        # Workers write only into the configured folders; their heartbeat file is in memory.
        *("--no-control-socket", *place),
    ]
