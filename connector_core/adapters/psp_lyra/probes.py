"""What `paylink check` asks Lyra: credentials and mode, payment orders, and whether notifications can arrive."""

from collections.abc import Sequence

from connector_core.adapters.psp_lyra.account import LyraAccount
from connector_core.adapters.psp_lyra.client import LyraClient
from connector_core.domain.errors import ConnectorError, NotFound, Rejected
from connector_core.sdk.check import Probe

_NO_ORDER = "0" * 32


async def probes(account: LyraAccount, client: LyraClient) -> Sequence[Probe]:
    """Changes nothing at Lyra: `Charge/SDKTest` echoes a word, and a payment order that cannot exist is asked for."""
    credentials = await _credentials(account, client)
    orders = [await _payment_orders(client)] if credentials.ok else []
    return [credentials, *orders, _notifications(account)]


async def _credentials(account: LyraAccount, client: LyraClient) -> Probe:
    name = f"{account.name}: shop id, password and mode"
    try:
        answer = await client.call("Charge/SDKTest", {"value": "paylink"}, effect=False)
    except ConnectorError as error:
        return Probe(name, False, f"{error.sentence} {error.detail}".strip(), error.cure)
    if answer.content.get("value") != "paylink":
        return Probe(name, False, "The answer is not Lyra's.", "Check brand and API address.")
    return Probe(name, True, f"Lyra knows shop {account.shop_id} in mode {account.mode}.")


async def _payment_orders(client: LyraClient) -> Probe:
    name = f"{client.account.name}: payment orders"
    try:
        await client.call("Charge/PaymentOrder/Get", {"paymentOrderId": _NO_ORDER}, effect=False)
    except (NotFound, Rejected):
        return Probe(name, True, "Payment orders can be asked for.")
    except ConnectorError as error:
        return Probe(name, False, f"{error.sentence} {error.detail}".strip(), error.cure)
    return Probe(name, True, "Payment orders can be asked for.")


def _notifications(account: LyraAccount) -> Probe:
    name = f"{account.name}: notifications"
    if account.ipn_url:
        return Probe(name, True, "Lyra is told the notification address with every PayLink.")
    return Probe(
        name,
        False,
        "No notification address is set; payments are only found by polling.",
        "Set ipn_url to this connector's public https address, "
        "or enter it in the Back Office under Notification rules, REST API notification URL.",
    )
