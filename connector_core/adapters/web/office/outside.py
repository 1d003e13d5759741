"""Everyone whom the configuration names, as the setup page lists them."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from connector_core.adapters.web.office.setup_pages import Checked, Peer
from connector_core.domain.ids import ConnectionId, ShopId
from connector_core.domain.shop import Shop


class _Fed(Checked, Protocol):
    shop: ShopId


class _Sender(Checked, Protocol):
    @property
    def reports(self) -> bool: ...


def peers_of(
    shops: Mapping[ShopId, Shop],
    sources: Mapping[ConnectionId, _Fed],
    gateways: Mapping[str, Checked],
    channels: Mapping[str, _Sender],
    public_url: str,
    kinds: Mapping[str, str],
) -> Sequence[Peer]:
    """`kinds` says what each block is, such as ``woocommerce`` for ``connections.woo-main``."""
    found = [
        Peer(f"connections.{name}", "", [source.shop], source, f"{public_url}/webhooks/{name}")
        for name, source in sources.items()
    ]
    for name, gateway in gateways.items():
        using = [shop.id for shop in shops.values() if shop.psp == name]
        found.append(Peer(f"psp.{name}", "", using, gateway, f"{public_url}/psp/{name}/notifications"))
    for name, channel in channels.items():
        using = [shop.id for shop in shops.values() if name in shop.channels]
        address = f"{public_url}/channels/{name}/webhook" if channel.reports else ""
        found.append(Peer(f"channels.{name}", "", using, channel, address))
    return [_named(peer, kinds) for peer in found]


def _named(peer: Peer, kinds: Mapping[str, str]) -> Peer:
    return Peer(peer.block, kinds.get(peer.block, ""), peer.shops, peer.checked, peer.webhook)
