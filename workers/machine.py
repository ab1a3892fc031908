"""What a worker runs on and how busy that is, without torch: from the system, and from nvidia-smi where there is one."""

import os
import platform
import shutil
import socket
import subprocess
from pathlib import Path

from workers.child import cores

SMI_SECONDS = 5
MIB = 1 << 20


def machine() -> dict:
    """What does not change: host, system, cores, memory in bytes, processor, and each GPU's name and memory in bytes."""
    return {
        "host": socket.gethostname(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": cores(),
        "memory": _memory().get("MemTotal"),
        "processor": _processor(),
        "gpus": [{"name": name, "memory": total} for name, total, _, _ in _gpus()],
    }


def load() -> dict:
    """What changes: load average of a minute, memory in use in bytes; of each GPU memory in use and utilisation (0 to 1)."""
    memory = _memory()
    used = memory["MemTotal"] - memory["MemAvailable"] if {"MemTotal", "MemAvailable"} <= memory.keys() else None
    return {
        "average": os.getloadavg()[0],
        "memory": used,
        "gpus": [{"memory": used, "utilisation": busy} for _, _, used, busy in _gpus()],
    }


def peak_memory(pid: int) -> int | None:
    """The most memory in bytes that a process held at once so far; None where it has ended or the system does not tell."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    return None


def _memory() -> dict[str, int]:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return {}
    return {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines if line.endswith(" kB")}


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor())


def _gpus() -> list[tuple[str, int, int, float]]:
    """(name, memory, memory in use, utilisation) of every GPU that this worker may use; none where nvidia-smi is absent."""
    command = shutil.which("nvidia-smi")
    allowed = os.environ.get("CUDA_VISIBLE_DEVICES")
    if not command or allowed == "":
        return []
    asked = [command, "--query-gpu=name,memory.total,memory.used,utilization.gpu", "--format=csv,noheader,nounits"]
    try:
        said = subprocess.run(
            asked + (["-i", allowed] if allowed else []),
            capture_output=True,
            text=True,
            timeout=SMI_SECONDS,
            check=True,
        )
        return [_gpu(line) for line in said.stdout.splitlines() if line.strip()]
    except (OSError, subprocess.SubprocessError, ValueError):
        return []


def _gpu(line: str) -> tuple[str, int, int, float]:
    name, total, used, busy = line.rsplit(",", 3)
    return name.strip(), int(total) * MIB, int(used) * MIB, int(busy) / 100
