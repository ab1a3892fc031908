"""Which addresses may be written to: our server stands where strangers cannot reach, so what it is told to open is looked at.

An address of the own machine, of the network behind it, or of a cloud's metadata service is refused, unless the installation
allows such (``WEBHOOK_PRIVATE``). The name is resolved once, and what was looked at is what is connected to.
"""

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from apps.audit.refusals import RefusedPath
from gradatim.errors import UserError

LONGEST = 500
PORTS = {"https": 443, "http": 80}
#: Public by its number, but answered by the cloud that one runs in.
METADATA = {ipaddress.ip_address("168.63.129.16")}
NAT64 = ipaddress.ip_network("64:ff9b::/96")
#: Of one's own network, which some versions of Python take for global.
LOCAL = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "64:ff9b:1::/48", "fec0::/10")))
INSIDE = "That address is inside the network of this server: only public ones are written to."


@dataclass(frozen=True, slots=True)
class Target:
    """An address that was looked at: ``numbers`` are the network addresses of ``host``, all of them allowed."""

    scheme: str
    host: str
    port: int
    path: str
    numbers: tuple[str, ...]


def check(url: str) -> str:
    """The address as it is kept; ``UserError`` where it can be told without a look at the network that nothing is sent there."""
    url = url.strip()
    parts = _split(url)
    if _literal(parts.hostname) is not None or _is_local(parts.hostname):
        _refuse_inside(parts.hostname, [parts.hostname])
    return url


def resolve(url: str) -> Target:
    """Where to connect to; ``UserError`` where that is not allowed, ``OSError`` where the name is not known."""
    parts = _split(url)
    port = parts.port or PORTS[parts.scheme]
    found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    numbers = tuple(dict.fromkeys(entry[4][0] for entry in found))
    _refuse_inside(parts.hostname, numbers)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, parts.hostname, port, path, numbers)


def is_public(number: str) -> bool:
    """Whether a network address is one of the internet at large, whatever it is wrapped in."""
    address = ipaddress.ip_address(number.partition("%")[0])
    inner = [address]
    if address.version == 6:
        inner += [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if address in NAT64 or int(address) >> 32 == 0:
            inner.append(ipaddress.ip_address(int(address) & 0xFFFF_FFFF))
    return all(_is_global(one) for one in inner if one is not None)


def _is_global(address) -> bool:
    own = address in METADATA or any(address in network for network in LOCAL)
    return address.is_global and not address.is_multicast and not own


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise UserError("That is no address: it begins with https://.", field="url") from None
    schemes = ("https", "http") if settings.WEBHOOK_PRIVATE else ("https",)
    if parts.scheme not in schemes or not parts.hostname:
        raise UserError("Give an address that begins with https://, like https://example.org/hook.", field="url")
    if len(url) > LONGEST or not url.isascii() or any(sign <= " " or sign == "\x7f" for sign in url):
        raise UserError(f"An address has at most {LONGEST} letters of ASCII and no spaces.", field="url")
    if parts.username is not None or parts.password is not None or parts.fragment or port == 0:
        raise UserError("Leave user name, password and fragment (#) out of the address.", field="url")
    return parts


def _refuse_inside(host: str, numbers) -> None:
    if settings.WEBHOOK_PRIVATE:
        return
    if any(_is_local(number) or not is_public(number) for number in numbers):
        raise RefusedPath(INSIDE, field="url", path=host)


def _is_local(host: str) -> bool:
    return host.rstrip(".").rpartition(".")[2] == "localhost"


def _literal(host: str):
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
