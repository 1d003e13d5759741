"""Which addresses a user may have us call (faults.md 70, reference/security.md SSRF class b)."""

import ipaddress
import socket
from collections.abc import Sequence

import pytest

from connector_core.adapters.webhook_guard import AddressRefused, Guard, Lookup
from connector_core.domain.errors import InvalidInput

REFUSED = (
    "http://shop.example/hook",
    "ftp://shop.example/hook",
    "file:///etc/passwd",
    "gopher://shop.example:70/",
    "//shop.example/hook",
    "shop.example/hook",
    "https://",
    "https:///hook",
    "https://shop.example:http/",
    "https://shop.example:99999/",
    "https://[::1/",
    "https://user@shop.example/",
    "https://user:password@shop.example/",
    "https://shop.example@127.0.0.1/",
    "https://:@shop.example/",
    "https://127.0.0.1/",
    "https://127.0.0.1:8443/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0177.0.0.1/",
    "https://0/",
    "https://0x7f.0x0.0x0.0x1/",
    "https://127.0.0.1./",
    "https://①②⑦.⓪.⓪.①/",
    "https://127。0。0。1/",
    "https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/",
    "https://shop.example%00.evil.example/",
    "https://127.0.0.1%00.shop.example/",
    "https://shop.example\\@10.0.0.1/",
    "https://10.0.0.1#@shop.example/",
    "https:10.0.0.1/",
    "https://0.0.0.0/",
    "https://10.1.2.3/",
    "https://172.16.0.1/",
    "https://172.31.255.255/",
    "https://192.168.1.1/",
    "https://100.64.0.1/",
    "https://100.100.100.200/",
    "https://169.254.169.254/latest/meta-data/",
    "https://168.63.129.16/",
    "https://192.0.0.192/",
    "https://198.18.0.1/",
    "https://192.0.2.1/",
    "https://203.0.113.9/",
    "https://224.0.0.1/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    "https://[::1]/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::ffff:8.8.8.8]/",
    "https://[::127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b:1::1]/",
    "https://[2002:7f00:1::]/",
    "https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
    "https://[fe80::1]/",
    "https://[fe80::1%25eth0]/",
    "https://[2a00:1450::1%25eth0]/",
    "https://[fc00::1]/",
    "https://[fd00:ec2::254]/",
    "https://[fec0::1]/",
    "https://[ff02::1]/",
    "https://[2001:db8::1]/",
    "https://localhost/",
    "https://LOCALHOST./",
    "https://db/",
    "https://db.internal/",
    "https://printer.local/",
    "https://metadata.google.internal/",
    "https://1.0.0.127.in-addr.arpa/",
    "https://shop.example:22/",
    "https://shop.example:25/",
    "https://shop.example:80/",
    "https://shop.example:0/",
    "https://shop.example/" + "x" * 1000,
    "https://shop.example/\r\nX-Injected: 1",
    "https://shop.example/\u202e",
    "",
)
ALLOWED = (
    "https://shop.example/hook",
    "https://shop.example:443/hook?token=x",
    "https://shop.example:8443/",
    "https://shöp.example/",
    "https://8.8.8.8/",
    "https://[2a00:1450:4001:82a::200e]/",
)


@pytest.mark.fault(70)
@pytest.mark.parametrize("url", REFUSED)
def test_an_address_that_is_refused_as_it_is_written(url: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        Guard().check(url)
    assert (refusal.value.field, refusal.value.status) == ("url", 422)
    assert refusal.value.cure


@pytest.mark.parametrize("url", ALLOWED)
def test_a_public_address_is_taken(url: str) -> None:
    assert Guard().check(url).scheme == "https"


def answers(*addresses: str) -> Lookup:
    async def lookup(host: str, port: int) -> Sequence[str]:
        return addresses

    return lookup


@pytest.mark.fault(70)
@pytest.mark.parametrize(
    "addresses",
    [
        ("127.0.0.1",),
        ("10.0.0.1",),
        ("169.254.169.254",),
        ("::1",),
        ("::ffff:127.0.0.1",),
        ("::ffff:169.254.169.254",),
        ("fd00::1",),
        ("fe80::1%eth0",),
        ("8.8.8.8", "127.0.0.1"),
        ("2a00:1450:4001:82a::200e", "::ffff:10.0.0.1"),
    ],
)
async def test_a_name_with_an_answer_that_is_not_public_leads_nowhere(addresses: tuple[str, ...]) -> None:
    with pytest.raises(AddressRefused):
        await Guard(lookup=answers(*addresses)).resolve("shop.example", 443)


async def test_the_connection_goes_to_the_very_addresses_that_were_looked_at() -> None:
    asked: list[str] = []

    async def lookup(host: str, port: int) -> Sequence[str]:
        """Another answer each time, as of somebody who hopes to be asked twice."""
        asked.append(host)
        return ["8.8.8.8"] if len(asked) == 1 else ["127.0.0.1"]

    [found] = await Guard(lookup=lookup).resolve("shop.example", 443)
    assert (found["host"], found["hostname"], found["family"]) == ("8.8.8.8", "shop.example", socket.AF_INET)
    assert found["flags"] & socket.AI_NUMERICHOST, "nothing asks for the name again"
    assert asked == ["shop.example"]


async def test_a_name_without_addresses_is_an_error_of_the_name() -> None:
    with pytest.raises(OSError, match="no address"):
        await Guard(lookup=answers()).resolve("shop.example", 443)


def test_every_private_network_that_python_knows_is_refused_inside_ipv6_too() -> None:
    guard = Guard()
    for text in ("10.0.0.1", "127.0.0.1", "169.254.169.254", "192.168.0.1", "100.64.0.1"):
        number = int(ipaddress.IPv4Address(text))
        for prefix in (0, 0xFFFF << 32, 0xFFFF << 48, 0x64FF9B << 96, 0x2002 << 112 | number << 48):
            assert not guard.public(ipaddress.IPv6Address(prefix | number)), (text, hex(prefix))


def test_what_a_test_allows_is_that_network_alone() -> None:
    guard = Guard(allowed=["127.0.0.1/32"], schemes=["http"])
    assert guard.check("http://127.0.0.1:8080/").port == 8080
    for url in ("http://127.0.0.2/", "http://10.0.0.1/", "https://127.0.0.1/"):
        with pytest.raises(InvalidInput):
            guard.check(url)
