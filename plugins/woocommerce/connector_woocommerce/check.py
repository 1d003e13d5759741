"""One question to the shop for each capability, none of which changes anything."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from connector_core.sdk import Capability, ConfigurationError, NotFound, Probe, Record, ask_each
from connector_woocommerce.api import WooApi
from connector_woocommerce.settings import WooCommerceSettings

_TOPICS = ("order.created", "order.updated", "order.deleted", "order.restored")
_NO_SUCH_ORDER = "999999999999999"


def probe_shop(api: WooApi, settings: WooCommerceSettings) -> Sequence[Probe]:
    questions: dict[Capability, Callable[[], str]] = {
        Capability.FETCH: lambda: _can_read(api),
        Capability.POLL: lambda: _can_poll(api),
        Capability.WEBHOOK: lambda: _has_webhooks(api, settings),
        Capability.WRITE_BACK: lambda: _can_write(api),
    }
    return ask_each(questions, cure="Look into the shop's log, then run the check again.")


def _can_read(api: WooApi) -> str:
    if "wc/v3" not in api.index().get("namespaces", []):
        raise ConfigurationError(
            "WordPress answers without WooCommerce's API wc/v3.", cure="Activate WooCommerce 3.5 or later in the shop."
        )
    api.orders({"per_page": "1", "_fields": "id"})
    return "The key may read orders."


def _can_poll(api: WooApi) -> str:
    api.orders(
        {
            "modified_after": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "dates_are_gmt": "true",
            "per_page": "1",
            "_fields": "id",
        }
    )
    return "Changed orders can be listed."


def _has_webhooks(api: WooApi, settings: WooCommerceSettings) -> str:
    """WooCommerce switches a webhook off at the seventh failure in a row and tells nobody (surprise 5)."""
    wanted = [hook for hook in api.webhooks() if settings.webhook_url in ("", hook.get("delivery_url"))]
    active = {str(hook.get("topic")) for hook in wanted if hook.get("status") == "active"}
    missing = [topic for topic in _TOPICS if topic not in active]
    if not missing:
        return "The four webhooks are active."
    off = [topic for topic in missing if topic in _topics(wanted)]
    if off:
        raise ConfigurationError(
            f"The shop has switched off: {', '.join(off)}.",
            cure="Set the webhooks back to Active in WooCommerce > Settings > Advanced > Webhooks.",
        )
    raise ConfigurationError(
        f"These webhooks are missing: {', '.join(missing)}. Orders arrive by polling only.",
        cure="Add them in WooCommerce > Settings > Advanced > Webhooks with the secret of this connection.",
    )


def _topics(hooks: Sequence[Record]) -> set[str]:
    return {str(hook.get("topic")) for hook in hooks}


def _can_write(api: WooApi) -> str:
    """Permission is judged before the order is looked for: 401 without it, "no such order" with it (rec 24, 26)."""
    try:
        api.update_order(_NO_SUCH_ORDER, {})
    except NotFound:
        return "The key may change orders."
    raise ConfigurationError("The shop claims to have changed an order that does not exist.", cure="Check its address.")
