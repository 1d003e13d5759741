"""Which addresses a user may have us call: public ones alone (reference/security.md, SSRF class b).

An address is looked at as it is written, and again as what its name leads to at the moment of each connection: the
connection goes to the very addresses that were looked at, so that no second answer of the DNS can lead elsewhere.
"""

import asyncio
import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from connector_core.domain.errors import InvalidInput

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Lookup = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a name. Raises `OSError`."""

LONGEST = 1000
_HTTPS = 443
_FIRST_FREE_PORT = 1024
"""Below it only https itself: nobody runs a web application beside mail and databases' old neighbours."""
_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?")
_LOCAL_NAMES = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "arpa", "onion")
_REFUSED: Sequence[Network] = [
    ipaddress.ip_network(text)
    for text in (
        "192.0.0.0/24",  # of the IETF; a cloud's metadata service is in it
        "192.88.99.0/24",  # 6to4 relays
        "168.63.129.16/32",  # Azure's own services, though the address is public
        "::/96",  # IPv4 in IPv6, as it once was written
        "::ffff:0:0/96",  # IPv4 in IPv6, as it is written now
        "::ffff:0:0:0/96",
        "64:ff9b::/96",  # IPv4 behind a translator
        "64:ff9b:1::/48",
        "2001::/23",  # Teredo and others of the IETF
        "2002::/16",  # IPv4 in a tunnel
        "fec0::/10",  # site-local, as it once was
    )
]
"""What Python counts as public, or does so in some of its versions."""


class AddressRefused(Exception):
    """The name leads to a place that nobody may be sent to. `args[0]` says so in words."""


class Guard(AbstractResolver):
    """Also the resolver of the HTTP client. `allowed` are networks that count as public, and `schemes` those of
    addresses: what a test needs for a receiver on its own host, and nobody else.
    """

    def __init__(
        self, *, allowed: Sequence[str] = (), schemes: Sequence[str] = ("https",), lookup: Lookup | None = None
    ) -> None:
        self._allowed = [ipaddress.ip_network(text) for text in allowed]
        self._schemes = schemes
        self._lookup = lookup or _of_the_system

    def check(self, url: str) -> URL:
        """The address as it will be called. Raises `InvalidInput` (422) for one that is refused as it is written."""
        try:
            parsed = URL(url)
            host, port = parsed.raw_host or "", parsed.port
        except ValueError:
            raise _wrong("This is no web address.") from None
        if parsed.scheme not in self._schemes or not host or len(url) > LONGEST or not url.isprintable():
            raise _wrong("A webhook needs an address that begins with https://.")
        if parsed.user is not None or parsed.password is not None:
            raise _wrong("The address must not carry a name or a password.")
        literal = _literal(host)
        if literal is not None and not self.public(literal):
            raise _wrong("The address leads into a private network or to this host.")
        if literal is None and not _NAME.fullmatch(host):
            raise _wrong("This is no web address.")
        if literal is None and not self._allowed and _is_local(host):
            raise _wrong("The name belongs to a private network or to this host.")
        if not self._allowed and port != _HTTPS and (port is None or port < _FIRST_FREE_PORT):
            raise _wrong("The port must be 443, or 1024 and above.")
        return parsed.with_fragment(None)

    def public(self, address: Address) -> bool:
        if any(address in network for network in self._allowed if network.version == address.version):
            return True
        if any(address in network for network in _REFUSED if network.version == address.version):
            return False
        scoped = isinstance(address, ipaddress.IPv6Address) and address.scope_id is not None
        return address.is_global and not (address.is_multicast or address.is_reserved or scoped)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Raises `AddressRefused` when any address of the name is not public, `OSError` when it has none."""
        found = [ipaddress.ip_address(text) for text in await self._lookup(host, port)]
        if not found:
            raise OSError(f"{host} has no address")
        if not all(self.public(address) for address in found):
            raise AddressRefused("The name leads into a private network or to this host; nothing was sent.")
        return [_result(host, address, port) for address in dict.fromkeys(found)]

    async def close(self) -> None:
        """There is nothing to close."""


async def _of_the_system(host: str, port: int) -> Sequence[str]:
    loop = asyncio.get_running_loop()
    found: Sequence[Any] = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return [str(info[4][0]) for info in found]


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_local(host: str) -> bool:
    """Names with one part, or with an ending that no public name has; numbers, which some systems take for addresses,
    have no such ending either.
    """
    parts = host.rstrip(".").split(".")
    return len(parts) < 2 or parts[-1] in _LOCAL_NAMES or not parts[-1][:1].isalpha()


def _result(host: str, address: Address, port: int) -> ResolveResult:
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    return ResolveResult(hostname=host, host=str(address), port=port, family=family, proto=0, flags=flags)


def _wrong(sentence: str) -> InvalidInput:
    return InvalidInput(
        sentence, field="url", status=422, cure="Take an address that is reached from the internet over https."
    )
