"""The part of WooCommerce's REST API (wc/v3) that the connector uses."""

from collections.abc import Mapping, Sequence
from typing import Any

from connector_core.sdk import AuthenticationError, ConfigurationError, NotFound, Record, Rejected
from connector_core.sdk.http import HttpAnswer, HttpClient, no_answer, raise_for_status
from connector_woocommerce.auth import auth_mode, sign_call
from connector_woocommerce.settings import WooCommerceSettings

NO_ORDER = ("woocommerce_rest_shop_order_invalid_id", "woocommerce_rest_order_invalid_id")
"""A GET of an unknown order answers 404, a PUT 400: the code tells (reference/woocommerce.md 5)."""

_NO_REFUND = "woocommerce_rest_cannot_create_order_refund"
_PASSING = frozenset({408, 425, 429})
_READ_ONLY = (
    "The key may read orders and not change them.",
    "Give the key the permission Read/Write in WooCommerce > Settings > Advanced > REST API.",
)


class WooApi:
    """One shop. Raises the errors of the sdk; WooCommerce's messages are translated, so codes are compared."""

    def __init__(self, settings: WooCommerceSettings) -> None:
        self._settings = settings
        self._http = HttpClient(settings.url, timeout=settings.timeout_seconds, ca_file=settings.ca_file)

    def index(self) -> Record:
        """``/wp-json/``, which needs no key: what is installed."""
        answer = self._http.send("GET", "/wp-json/")
        _refuse_redirect(answer)
        raise_for_status(answer)
        if answer.status != 200 or not answer.is_json:
            raise ConfigurationError(
                f"No WordPress REST API answers at {self._settings.url} (HTTP {answer.status}).",
                cure="Check the shop address, and choose any permalinks but Plain in Settings > Permalinks.",
            )
        return _record(answer)

    def orders(self, query: Mapping[str, str]) -> Sequence[Record]:
        return _records(self._call("GET", "orders", query))

    def order(self, order_ref: str) -> Record:
        """Also orders in the trash. Raises `NotFound`."""
        return _record(self._call("GET", f"orders/{order_ref}"))

    def update_order(self, order_ref: str, changes: Mapping[str, Any]) -> Record:
        """A single PUT, because a batch does not validate (reference/woocommerce.md, surprise 2)."""
        return _record(self._call("PUT", f"orders/{order_ref}", body=changes))

    def notes(self, order_ref: str) -> Sequence[Record]:
        return _records(self._call("GET", f"orders/{order_ref}/notes"))

    def add_note(self, order_ref: str, text: str) -> None:
        """A private note. WooCommerce does not see a repeat: look for it first."""
        self._call("POST", f"orders/{order_ref}/notes", body={"note": text, "customer_note": False})

    def refunds(self, order_ref: str) -> Sequence[Record]:
        return _records(self._call("GET", f"orders/{order_ref}/refunds", {"per_page": "100"}))

    def add_refund(self, order_ref: str, amount: str, reason: str) -> Record:
        """Books a refund without calling the gateway. Raises `Rejected`, although WooCommerce says HTTP 500."""
        body = {"amount": amount, "reason": reason, "api_refund": False}
        return _record(self._call("POST", f"orders/{order_ref}/refunds", body=body))

    def webhooks(self) -> Sequence[Record]:
        return _records(self._call("GET", "webhooks", {"per_page": "100"}))

    def close(self) -> None:
        self._http.close()

    def _call(
        self, method: str, resource: str, query: Mapping[str, str] | None = None, *, body: Any = None
    ) -> HttpAnswer:
        path = f"/wp-json/wc/v3/{resource}"
        call = sign_call(self._settings, method, self._http.base_url + path, query or {})
        answer = self._http.send(method, path, query=call.query, json_body=body, headers=call.headers)
        _refuse_redirect(answer)
        if answer.status >= 400:
            self._refuse(answer)
        if not answer.is_json:
            raise no_answer("a page instead of JSON", effect=answer.effect, detail=answer.excerpt())
        return answer

    def _refuse(self, answer: HttpAnswer) -> None:
        code, message = _error(answer)
        if code in NO_ORDER:
            raise NotFound("The shop has no such order (any more).", detail=message)
        if code == "rest_no_route":
            raise ConfigurationError(
                "The shop has no WooCommerce REST API.", cure="Activate WooCommerce in the shop.", detail=message
            )
        if answer.status in (401, 403):
            sentence, cure = self._why_refused(answer, code, message)
            raise AuthenticationError(sentence, cure=cure, detail=message)
        if code == _NO_REFUND or (answer.status < 500 and answer.status not in _PASSING):
            raise Rejected(f"The shop refuses the call: {message or answer.status}", code=code or str(answer.status))
        raise_for_status(answer)
        raise no_answer(f"HTTP {answer.status}", effect=answer.effect, detail=message)

    def _why_refused(self, answer: HttpAnswer, code: str, message: str) -> tuple[str, str]:
        if not code:
            return (
                f"Something in front of the shop refuses our calls (HTTP {answer.status}, no answer of WooCommerce).",
                "Let the connector's address through in the shop's firewall or security plugin.",
            )
        if "write permission" in message:
            return _READ_ONLY
        if code == "woocommerce_rest_authentication_error":
            return (
                f"The shop refuses our signature: {message}",
                "Enter the consumer secret that belongs to the key, and set the clock of this machine.",
            )
        if answer.effect:
            return _READ_ONLY
        if auth_mode(self._settings) == "basic" and self._settings.url.startswith("http://"):
            return (
                "WooCommerce takes no password over http.",
                "Use the https address of the shop, or set the authentication to auto.",
            )
        return (
            "The shop does not know our key, or did not get to see it.",
            "Make a new key for a shop manager. If it is right: the web server drops the Authorization header, or PHP "
            "does not see that the call came by https (set HTTPS=on behind a proxy).",
        )


def _refuse_redirect(answer: HttpAnswer) -> None:
    if 300 <= answer.status < 400:
        target = answer.headers.get("location", "").partition("/wp-json")[0]
        raise ConfigurationError(
            f"The shop sends us on to {target or 'another address'}.", cure="Enter that address as the shop address."
        )


def _error(answer: HttpAnswer) -> tuple[str, str]:
    """(code, message) of ``{"code", "message", "data"}``; empty for anything else, such as a page of HTML."""
    if not answer.is_json:
        return "", ""
    try:
        body = answer.json()
    except Exception:  # noqa: BLE001 - whatever it is, it is no error document of WooCommerce
        return "", ""
    if not isinstance(body, dict):
        return "", ""
    return str(body.get("code", "")), str(body.get("message", ""))[:300]


def _record(answer: HttpAnswer) -> Record:
    body = answer.json()
    if not isinstance(body, dict):
        raise no_answer("JSON of another kind", effect=answer.effect, detail=answer.excerpt())
    return body


def _records(answer: HttpAnswer) -> Sequence[Record]:
    body = answer.json()
    if not isinstance(body, list) or not all(isinstance(item, dict) for item in body):
        raise no_answer("JSON of another kind", effect=answer.effect, detail=answer.excerpt())
    return body
