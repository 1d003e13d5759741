"""Somebody who uses the back office without a browser: forms are sent as the pages have them."""

import re
from collections.abc import Mapping
from types import TracebackType
from typing import Self

import aiohttp

from connector_core.adapters.store_sql import SqlPeople, SqlStore
from connector_core.adapters.system_clock import SystemClock
from connector_core.adapters.web.office.sign_in import make_pass
from connector_core.domain.ids import ShopId, uuid7
from connector_core.domain.person import Person, PersonId, Role
from connector_core.ports.people import Act, PassPurpose

ACT = Act("test", "test")


class Visitor:
    """An async context manager; `base` is the daemon's address. `csrf` is what the last page's forms carried."""

    def __init__(self, base: str) -> None:
        self._base = base
        self.csrf = ""
        self.http: aiohttp.ClientSession

    async def __aenter__(self) -> Self:
        self.http = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        await self.http.close()

    async def enter(self, store: SqlStore, roles: Mapping[str, Role], email: str = "") -> Person:
        """Signed in as somebody new with these roles, by a one-time address."""
        own = PersonId(uuid7())
        given = {ShopId(shop): role for shop, role in roles.items()}
        person = Person(own, email or f"{own}@shop.example", "Anna", "en", given)
        people = SqlPeople(store)
        await people.put_person(person, ACT)
        token = await make_pass(people, own, PassPurpose.SIGN_IN, SystemClock().now(), ACT)
        assert (await self.post(f"/welcome/{token}"))[0] == 303
        await self.get("")
        return person

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        async with self.http.get(f"{self._base}/office{path}", headers=headers, allow_redirects=False) as answer:
            text = await answer.text(errors="replace")  # a workbook is none
            if found := re.search(r'name="csrf" value="(\w+)"', text):
                self.csrf = found[1]
            return answer.status, text

    async def post(self, path: str, **fields: str) -> tuple[int, str]:
        """(status, where it leads to or what it says)."""
        return await self.post_from({}, path, **fields)

    async def post_from(self, headers: Mapping[str, str], path: str, **fields: str) -> tuple[int, str]:
        """As `post`, with headers that a browser would set."""
        return await self.send(path, aiohttp.FormData({"csrf": self.csrf, **fields}), headers)

    async def send(
        self, path: str, form: aiohttp.FormData, headers: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        """A form as it stands, such as one with a file in it."""
        address = f"{self._base}/office{path}"
        async with self.http.post(address, data=form, headers=headers, allow_redirects=False) as answer:
            return answer.status, answer.headers.get("Location") or await answer.text()
