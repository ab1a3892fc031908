"""``var/env``: what an installation's processes share, also read by ``manage.py`` in a second terminal."""

import ipaddress
import os
import secrets
import shlex
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
# Made once, and kept as long as the folder is.
RANDOM = {"SECRET_KEY": 48, "DEMO_PASSWORD": 9}
LOOPBACK = ["127.0.0.1", "localhost", "[::1]"]


def var_folder() -> Path:
    """Where an installation keeps everything: ``GRADATIM_VAR``, or ``var`` beside the code."""
    return Path(os.environ.get("GRADATIM_VAR") or ROOT / "var").absolute()


def read(var: Path) -> dict[str, str]:
    """The lines ``NAME='value'`` of ``var/env``; empty when there is none."""
    file = var / "env"
    if not file.is_file():
        return {}
    pairs = (line.partition("=") for line in file.read_text().splitlines() if "=" in line)
    return {name: "".join(shlex.split(value)) for name, _, value in pairs}


def write(var: Path, values: Mapping[str, str]) -> None:
    """Replace the file, readable by its owner alone from the first byte on."""
    fresh = var / "env.new"
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.writelines(f"{name}='{value}'\n" for name, value in values.items())
    fresh.replace(var / "env")


def build(var: Path, *, database_url: str, broker_url: str, base_url: str, host: str = "127.0.0.1") -> dict[str, str]:
    """The values of this start: secrets are kept, and what the caller's environment says comes first.

    Who serves to a network (``host``) gets a set-up key: otherwise whoever is there first would own the installation.
    """
    before = read(var)
    random = RANDOM if is_loopback(host) else {**RANDOM, "SETUP_KEY": 18}
    values = {
        "GRADATIM_VAR": str(var),
        "DATABASE_URL": database_url,
        "BROKER_URL": broker_url,
        "BASE_URL": base_url,
        "STORAGE_ROOT": str(var / "store"),
        "JOBS_ROOT": str(var / "jobs"),
        "STATIC_ROOT": str(var / "static"),
    }
    values["ALLOWED_HOSTS"] = ",".join(hosts(host, os.environ.get("BASE_URL") or base_url))
    values |= {name: before.get(name) or secrets.token_urlsafe(size) for name, size in random.items()}
    return {name: os.environ.get(name) or value for name, value in values.items()}


def hosts(host: str, base_url: str) -> list[str]:
    """Names by which a browser may ask for what is served at ``host``.

    Any other is refused, so that a page of a stranger whose name leads to this machine reads nothing (DNS rebinding).
    A machine that serves at all its addresses cannot know its names.
    """
    if is_every_address(host):
        return ["*"]
    named = [_bracketed(name) for name in (host, urlsplit(base_url).hostname) if name]
    return list(dict.fromkeys([*LOOPBACK, *named]))


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what is served there; a name other than localhost may lead anywhere."""
    address = _address(host)
    return address.is_loopback if address else host == "localhost"


def is_every_address(host: str) -> bool:
    address = _address(host)
    return address.is_unspecified if address else host == ""


def _address(host: str):
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def thread_limits() -> dict[str, str]:
    """One core is left to the web server; waiting threads do not spin."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    limits = {"OMP_NUM_THREADS": str(max(1, cores - 1)), "OMP_WAIT_POLICY": "PASSIVE"}
    return {name: os.environ.get(name) or value for name, value in limits.items()}
