"""Everything that the configuration names, made of it: with `app`, the only modules that know every adapter."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from connector_core.adapters.channels.whatsapp import WhatsAppChannel
from connector_core.adapters.channels.whatsapp_account import WhatsAppAccount
from connector_core.adapters.embedded import EmbeddedBroker
from connector_core.adapters.plugin_host import PluginSource
from connector_core.adapters.psp_lyra import LyraAccount, LyraGateway
from connector_core.adapters.rabbitmq import RabbitBroker, RabbitDeadLetters
from connector_core.adapters.store_sql import (
    SqlStore,
)
from connector_core.domain.errors import ConfigurationError
from connector_core.domain.ids import ConnectionId, ShopId
from connector_core.domain.shop import QuietHours, Shop
from connector_core.flow.by_hand import DOCUMENT, connection_of
from connector_core.flow.choices import ShopBook
from connector_core.mapping import CompiledMapping, MappingEngine, compile_file, load_library
from connector_core.ports.broker import Broker, DeadLetters
from connector_core.ports.channel import Channel
from connector_core.registry import usable_plugin
from connector_core.settings import ConnectionBlock, Settings, explain

ModelT = TypeVar("ModelT", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Peers:
    """Everyone outside whom the configuration names."""

    shops: ShopBook
    sources: Mapping[ConnectionId, PluginSource]
    gateways: Mapping[str, LyraGateway]
    channels: Mapping[str, Channel]

    async def close(self) -> None:
        for source in self.sources.values():
            await source.close()
        for gateway in self.gateways.values():
            await gateway.close()
        for channel in self.channels.values():
            await channel.close()


def peers(settings: Settings) -> Peers:
    """Raises `ConfigurationError` that names the setting."""
    return Peers(
        ShopBook({ShopId(name): _shop(settings, name) for name in settings.shops}),
        {ConnectionId(name): _source(name, block) for name, block in settings.connections.items()},
        {name: LyraGateway(_account(settings, name)) for name in settings.psp},
        {name: _channel(settings, name) for name in settings.channels},
    )


def store(settings: Settings, *, daemon: bool) -> SqlStore:
    """The database. A daemon has SQLite for itself; commands look and mark beside it."""
    return SqlStore(settings.database, lease=settings.timing.lease, daemon=daemon)


def broker(settings: Settings, database: SqlStore) -> Broker:
    return RabbitBroker(settings.broker) if settings.broker else EmbeddedBroker(database)


def dead_letters(settings: Settings, started: Broker) -> DeadLetters | None:
    """None for the embedded queue, which carries only events of our own and keeps no dead letters."""
    return RabbitDeadLetters(settings.broker, started) if settings.broker else None


def kinds(settings: Settings) -> dict[str, str]:
    """What each block of the configuration is."""
    connections = {f"connections.{name}": block.plugin for name, block in settings.connections.items()}
    accounts = {f"psp.{name}": block.kind for name, block in settings.psp.items()}
    return connections | accounts | {f"channels.{name}": block.kind for name, block in settings.channels.items()}


def mapper(settings: Settings, outside: Peers) -> MappingEngine:
    """The mappings at work: the shipped ones, those of the operator's folders, and each connection's own file."""
    by_hand = {connection_of(ShopId(name)): block for name, block in settings.shops.items()}
    shops = by_hand | {ConnectionId(name): settings.shops[block.shop] for name, block in settings.connections.items()}
    return MappingEngine(
        load_library(
            settings.mappings, [file for source in outside.sources.values() for file in source.mapping_files()]
        ),
        regions={name: shop.region for name, shop in shops.items()},
        default_documents=dict.fromkeys(by_hand, DOCUMENT)
        | {name: source.documents[0] for name, source in outside.sources.items()},
        overrides={ConnectionId(name): _own(block) for name, block in settings.connections.items() if block.mapping},
        languages={name: shop.language for name, shop in shops.items()},
    )


def _own(block: ConnectionBlock) -> dict[str, CompiledMapping]:
    compiled = compile_file(Path(block.mapping))
    return {compiled.source: compiled}


def _shop(settings: Settings, name: str) -> Shop:
    block = settings.shops[name]
    return Shop(
        id=ShopId(name),
        name=block.name,
        psp=block.psp,
        channels=tuple(block.channels),
        language=block.language,
        region=block.region,
        link_validity=block.link_validity,
        payment_methods=tuple(block.payment_methods),
        retention_days=block.retention_days,
        reminders=tuple(block.reminders),
        last_call=block.last_call,
        quiet_hours=_quiet(block.quiet_hours),
        is_test=_account(settings, block.psp).mode == "TEST",
        colour=block.colour,
    )


def _quiet(text: str) -> QuietHours:
    start, _, end = text.partition("-")
    return QuietHours(time.fromisoformat(start), time.fromisoformat(end))


def _source(name: str, block: ConnectionBlock) -> PluginSource:
    plugin = usable_plugin(block.plugin, name)
    checked = _checked(plugin.Settings, block.own, f"connections.{name}")
    return PluginSource(plugin(ConnectionId(name), checked), ShopId(block.shop))


def _account(settings: Settings, name: str) -> LyraAccount:
    own = {**settings.psp[name].own, "name": name}
    if settings.public_url:
        own.setdefault("ipn_url", f"{settings.public_url}/psp/{name}/notifications")
    return _checked(LyraAccount, own, f"psp.{name}")


def _channel(settings: Settings, name: str) -> Channel:
    block = settings.channels[name]
    own, where = {**block.own, "name": name}, f"channels.{name}"
    match block.kind:
        case "whatsapp":
            return WhatsAppChannel(_checked(WhatsAppAccount, own, where))
        case "email":  # loaded where it is wanted: it brings a megabyte of mail formats
            from connector_core.adapters.channels.email_account import EmailAccount
            from connector_core.adapters.channels.email_channel import EmailChannel

            return EmailChannel(_checked(EmailAccount, own, where))


def _checked(model: type[ModelT], values: Mapping[str, Any], where: str) -> ModelT:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise ConfigurationError(explain(error, model, where), cure="Correct the settings named above.") from None
