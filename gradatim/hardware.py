"""What this machine is good at, told without torch."""

from pathlib import Path

#: What a processor says of itself where it multiplies bf16 matrices by itself: x86 with AVX-512 or AMX, and ARM.
BF16 = {"avx512_bf16", "amx_bf16", "bf16"}


def bf16_is_native(proc: Path = Path("/proc")) -> bool:
    """Whether the hardware multiplies matrices in bf16; elsewhere that is emulated, many times slower than in 32 bits.

    True where an NVIDIA driver is: training takes the GPU then.
    """
    if (proc / "driver" / "nvidia" / "version").exists():
        return True
    try:
        text = (proc / "cpuinfo").read_text()
    except OSError:
        return False
    lines = (line.partition(":") for line in text.splitlines())
    return any(name.strip() in ("flags", "Features") and BF16 & set(value.split()) for name, _, value in lines)
