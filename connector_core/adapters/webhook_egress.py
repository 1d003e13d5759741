"""One call to an address that a user has given: only to public places, nothing followed, little read."""

import asyncio
import ssl
from collections.abc import Mapping

import aiohttp

from connector_core.adapters.http_out import masked, retry_after
from connector_core.adapters.webhook_guard import AddressRefused, Guard
from connector_core.domain.errors import InvalidInput
from connector_core.ports.webhooks import Answer

SECONDS = 15.0
"""From the first packet to the end of the answer (Standard Webhooks: 15 to 30)."""
MOST_ANSWER = 64 * 1024
_CONNECT_SECONDS = 5.0
_SHOWN = 200
_HEADERS = {
    "Content-Type": "application/json",
    "User-Agent": "paylink-connector",
    "Accept-Encoding": "identity",
}


class WebhookEgress:
    """The `Egress` port. `tls` is for tests whose receivers have certificates of their own."""

    def __init__(
        self, guard: Guard | None = None, *, seconds: float = SECONDS, tls: ssl.SSLContext | None = None
    ) -> None:
        self._guard = guard or Guard()
        self._timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=min(_CONNECT_SECONDS, seconds))
        self._tls: ssl.SSLContext | bool = tls or True
        self._session: aiohttp.ClientSession | None = None

    def check(self, url: str) -> None:
        self._guard.check(url)

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        try:
            address = self._guard.check(url)
            async with self._open().post(
                address, headers={**_HEADERS, **headers}, data=body, allow_redirects=False
            ) as response:
                return await _answer(response)
        except (AddressRefused, InvalidInput) as refusal:
            return Answer(0, str(refusal.args[0]), refused=True)
        except TimeoutError:
            return Answer(0, "There was no answer in time.")
        except aiohttp.ClientConnectorDNSError:
            return Answer(0, "The name of the address is not known.")
        except aiohttp.ClientSSLError:
            return Answer(0, "The certificate of the address does not hold.")
        except aiohttp.ClientConnectorError:
            return Answer(0, "The address does not answer.")
        except (aiohttp.ClientError, OSError, ValueError):
            return Answer(0, "The connection broke off before the answer.")

    async def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()
            await asyncio.sleep(0)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    resolver=self._guard, use_dns_cache=False, ssl=self._tls, limit=0, keepalive_timeout=15,
                ),
                timeout=self._timeout,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                auto_decompress=False,
            )  # fmt: skip
        return self._session


async def _answer(response: aiohttp.ClientResponse) -> Answer:
    """The status decides, whatever comes of the body."""
    words = await _words(response)
    status = response.status
    if 200 <= status < 300:
        return Answer(status)
    headers = {name.lower(): value for name, value in response.headers.items()}
    after = retry_after(headers)
    if 300 <= status < 400:
        return Answer(status, "The address points to another one, and that is not followed.", after)
    return Answer(status, words, after)


async def _words(response: aiohttp.ClientResponse) -> str:
    """The beginning of the answer, fit to be shown; no more of it is kept, and of a long one no more is read."""
    body = bytearray()
    try:
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > MOST_ANSWER:
                response.close()
                break
    except (aiohttp.ClientError, OSError, TimeoutError):
        pass  # the status has come
    text = body[:2000].decode("utf-8", "replace")
    return masked("".join(letter if letter.isprintable() else " " for letter in text))[:_SHOWN].strip()
