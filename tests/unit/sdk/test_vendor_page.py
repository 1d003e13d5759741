"""What the pages of all fakes have in common: languages, headers, the list, the event stream and the files."""

import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from aiohttp import web

from connector_core.sdk.http import HttpAnswer, HttpClient
from connector_core.sdk.testing.fake_server import FakeServer
from connector_core.sdk.testing.vendor_page import OrderCard, VendorPage, write_amount

FILES = {
    "__init__.py": "",
    "orders.html": """{% extends "list.html" %}
{% block details scoped %}<p>{{ t.item }}: {{ order.own.item }}</p>{% endblock %}""",
    "page.css": ":root { --brand: #123456; }",
    "page.svg": "<svg/>",
}
_TEXTS = {
    "en": {
        "intro": "A stall.", "place": "Buy", "orders": "Orders", "none": "None.", "change": "Change",
        "cancel": "Cancel", "item": "Item",
    },
    "de": {
        "intro": "Ein Stand.", "place": "Kaufen", "orders": "Käufe", "none": "Keine.", "change": "Ändern",
        "cancel": "Streichen", "item": "Ware",
    },
}  # fmt: skip


class StallPage(VendorPage):
    package = "connector_stall"
    texts = _TEXTS
    actions = ("change", "cancel")
    path = "/stall"

    def __init__(self) -> None:
        super().__init__("Stall & Sons")
        self.items: list[str] = []
        self.acts: list[tuple[str, str]] = []

    def orders(self, language: str) -> Iterator[OrderCard]:
        for number, item in reversed(list(enumerate(self.items))):
            actions = self.actions if item == "apple" else ()
            yield OrderCard(str(number), f"No. {number}", "open", "Ann", "1 EUR", actions, "due", {"item": item})

    def sums(self, language: str) -> str:
        return f"{len(self.items)} sold" if self.items else ""

    def place(self) -> None:
        self.items.append("apple")
        self.changed()

    def act(self, order_id: str, action: str) -> None:
        self.acts.append((order_id, action))


class Stall(FakeServer):
    api_prefix = "/api/"

    def __init__(self) -> None:
        super().__init__()
        self.page = StallPage()

    def add_routes(self, app: web.Application) -> None:
        self.page.add_routes(app)

    def ledger(self) -> dict[str, object]:
        return {}


@pytest.fixture(scope="module", autouse=True)
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    root = tmp_path_factory.mktemp("vendor")
    pages = root / StallPage.package / "pages"
    pages.mkdir(parents=True)
    (pages.parent / "__init__.py").touch()
    for name, text in FILES.items():
        (pages / name).write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(root)
        yield
    for name in (StallPage.package, f"{StallPage.package}.pages"):
        sys.modules.pop(name, None)


@pytest.fixture
def stall() -> Iterator[Stall]:
    made = Stall()
    made.start()
    yield made
    made.stop()


@pytest.fixture
def client(stall: Stall) -> Iterator[HttpClient]:
    made = HttpClient(stall.url)
    yield made
    made.close()


@contextmanager
def open_page(stall: Stall) -> Iterator[socket.socket]:
    """An event stream that has begun."""
    host, port = stall.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as page:
        page.sendall(b"GET /stall/events HTTP/1.1\r\nHost: stall\r\n\r\n")
        read_until(page, b"retry: 2000")
        yield page


def announce(page: VendorPage, times: int) -> None:
    for _ in range(times):
        page.changed()


def read_until(page: socket.socket, text: bytes) -> bytes:
    got = b""
    while text not in got:
        part = page.recv(4096)
        assert part, got
        got += part
    return got


def get(client: HttpClient, path: str, **options: Any) -> HttpAnswer:
    return client.send("GET", path, **options)


@pytest.mark.parametrize(
    ("lang", "browser", "shown"),
    [
        ("", "", "en"),
        ("", "de-AT,en", "de"),
        ("", "fr", "en"),
        ("en", "de", "en"),
        ("DE", "en", "de"),
        ("fr", "de", "en"),
    ],
)
def test_language_is_the_one_asked_for_else_the_browsers(
    client: HttpClient, lang: str, browser: str, shown: str
) -> None:
    answer = get(client, "/", query={"lang": lang}, headers={"Accept-Language": browser})
    text = answer.body.decode()
    other, its_name = {"en": ("de", "Deutsch"), "de": ("en", "English")}[shown]
    assert f'<html lang="{shown}">' in text
    assert f'href="/?lang={other}" lang="{other}">{its_name}</a>' in text
    assert all(_TEXTS[shown][name] in text for name in ("intro", "place", "orders", "none"))


@pytest.mark.parametrize("path", ["/", "/stall/orders", "/stall/stall.css", "/stall/stall.js", "/stall/stall.svg"])
def test_every_answer_forbids_foreign_code_and_is_not_kept(client: HttpClient, path: str) -> None:
    headers = get(client, path).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert (headers["cache-control"], headers["x-content-type-options"]) == ("no-store", "nosniff")


def test_list_alone_is_the_list_of_the_page(stall: Stall, client: HttpClient) -> None:
    stall.page.items = ["apple", "<b>pear</b>"]
    page, alone = (get(client, path, query={"lang": "de"}).body.decode() for path in ("/", "/stall/orders"))
    assert alone.startswith('<div class="head">')
    assert all(line in page for line in alone.splitlines())
    assert "Stall &amp; Sons" in page
    assert "2 sold" in alone
    assert alone.index("Ware: &lt;b&gt;pear&lt;/b&gt;") < alone.index("Ware: apple")
    assert alone.count("badge is-due") == 2


def test_buttons_stand_only_where_they_work(stall: Stall, client: HttpClient) -> None:
    stall.page.items = ["apple", "pear"]
    text = get(client, "/stall/orders", query={"lang": "de"}).body.decode()
    assert text.count("<form") == 2
    assert 'action="/stall/orders/0/cancel?lang=de"><button class="danger" type="submit"' in text
    assert 'aria-label="Ändern: No. 0">Ändern</button>' in text


def test_only_the_newest_fifty_are_shown(stall: Stall, client: HttpClient) -> None:
    stall.page.items = ["pear"] * 60
    text = get(client, "/stall/orders").body.decode()
    assert text.count("<li") == 50
    assert "No. 59" in text


def test_buttons_lead_back_to_the_page_in_its_language(stall: Stall, client: HttpClient) -> None:
    for path in ("/stall/orders", "/stall/orders/0/change"):
        answer = client.send("POST", path, query={"lang": "de"})
        assert (answer.status, answer.headers["location"]) == (303, "/?lang=de")
    assert (stall.page.items, stall.page.acts) == (["apple"], [("0", "change")])


@pytest.mark.parametrize("path", ["/stall/orders/0/burn", "/stall/orders/x/change"])
def test_what_the_page_does_not_offer_is_not_found(stall: Stall, client: HttpClient, path: str) -> None:
    assert client.send("POST", path).status == 404
    assert not stall.page.acts


def test_open_page_is_told_once_of_what_happens_at_once(stall: Stall) -> None:
    with open_page(stall) as page:
        stall.on_loop(lambda: announce(stall.page, 5))
        read_until(page, b"event: changed\ndata: \n\n")
        page.settimeout(0.2)
        with pytest.raises(TimeoutError):
            page.recv(4096)
        page.settimeout(5)
        stall.on_loop(stall.page.changed)
        assert read_until(page, b"\n\n").count(b"event: changed") == 1


def test_page_that_was_closed_is_forgotten(stall: Stall) -> None:
    with open_page(stall):
        pass
    deadline = time.monotonic() + 5
    while stall.page._streams and time.monotonic() < deadline:
        stall.on_loop(stall.page.changed)
        time.sleep(0.01)
    assert not stall.page._streams


def test_streams_end_when_the_vendor_says_so(stall: Stall) -> None:
    with open_page(stall) as page:
        stall.on_loop(stall.page.end)
        assert page.recv(4096) == b""


def test_files_are_the_shared_ones_and_then_the_vendors(client: HttpClient) -> None:
    style, script, sign = (get(client, f"/stall/stall.{kind}") for kind in ("css", "js", "svg"))
    kinds = [answer.headers["content-type"].split(";")[0] for answer in (style, script, sign)]
    assert kinds == ["text/css", "text/javascript", "image/svg+xml"]
    assert style.body.decode().endswith(FILES["page.css"])
    assert b".order" in style.body
    assert b"EventSource" in script.body
    assert sign.body == b"<svg/>"


@pytest.mark.parametrize("name", ["stall.html", "orders.html", "page.css", "__init__.py", "..%2f__init__.py"])
def test_another_file_is_not_found(client: HttpClient, name: str) -> None:
    assert get(client, f"/stall/{name}").status == 404


def test_amounts_are_written_in_the_readers_language() -> None:
    assert write_amount(Decimal("1200"), "EUR", "de") == "1.200,00 EUR"
    assert write_amount(Decimal("1200.5"), "EUR", "en") == "1,200.50 EUR"
    assert write_amount(None, "EUR", "en") == "–"
