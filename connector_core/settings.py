"""The configuration: `paylink.toml`, overridden by `PAYLINK_*` variables, with secrets in files of their own.

A value may be written as `{ file = "/run/secrets/name" }`: the file's text, without the line end, takes its place.
"""

import difflib
import os
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from connector_core.domain.errors import ConfigurationError

_NO_SETTINGS = ("CONFIG", "LANG", "CRASH_AT")
"""Variables that are read elsewhere."""
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def parse_duration(value: object) -> object:
    """``90s``, ``5m``, ``12h`` or ``7d``."""
    if isinstance(value, timedelta):
        return value
    if found := re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhd])", str(value).strip()):
        return timedelta(**{_UNITS[found[2]]: float(found[1])})
    raise ValueError("write a number and a unit: 90s, 5m, 12h or 7d")


def duration_text(value: timedelta) -> str:
    """The shortest text that `parse_duration` reads back."""
    for unit, name in reversed(_UNITS.items()):
        count = value / timedelta(**{name: 1.0})
        if count >= 1 and count.is_integer():
            return f"{count:.0f}{unit}"
    return f"{value.total_seconds():g}s"


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,49}$")]


class _Block(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _OpenBlock(BaseModel):
    """Beside its own keys the block takes those of the thing that it configures, which checks them."""

    model_config = ConfigDict(extra="allow", frozen=True)

    @property
    def own(self) -> dict[str, Any]:
        return dict(self.__pydantic_extra__ or {})


class PspBlock(_OpenBlock):
    """`[psp.NAME]`: one account at a payment service provider."""

    kind: Literal["lyra"] = Field("lyra", description="Which payment service provider.", examples=["lyra"])


class ChannelBlock(_OpenBlock):
    """`[channels.NAME]`: one sender at a messenger."""

    kind: Literal["whatsapp", "email"] = Field(
        "whatsapp", description="Which messenger; email for buyers whom none reaches.", examples=["whatsapp"]
    )


class ShopBlock(_Block):
    """`[shops.NAME]`: a sales channel with its PSP account, its messengers and its rules."""

    name: str = Field(description="The name that buyers read in messages.", examples=["Weinhaus Mosel"], min_length=1)
    psp: str = Field(description="The [psp.NAME] that takes the payments.", examples=["main"])
    channels: list[str] = Field(
        description="The [channels.NAME] in the order in which they are tried: the next one when the buyer is out of "
        "reach of the one before.",
        examples=[["whatsapp"]],
        min_length=1,
    )
    language: str = Field("de", description="Language of buyers whose own is not known (BCP 47).", examples=["de"])
    region: str = Field(
        "DE", description="Country of telephone numbers without one (ISO 3166).", examples=["DE"], pattern="^[A-Z]{2}$"
    )
    link_validity: Duration = Field(timedelta(days=7), description="How long a PayLink is payable.", examples=["7d"])
    payment_methods: list[str] = Field(
        default=[],
        description="Payment methods to offer; empty: all of the account.",
        examples=[["VISA", "MASTERCARD"]],
    )
    reminders: list[Duration] = Field(
        default=[],
        description="How long after its making a PayLink that is not paid is called to mind; empty: never.",
        examples=[["1d", "3d"]],
        max_length=5,
    )
    last_call: Duration = Field(
        timedelta(), description="How long before its end a PayLink is called to mind; 0s: not.", examples=["12h"]
    )
    retention_days: int = Field(
        90,
        description="How many days after a payment request was closed its buyer is erased: name, telephone number, "
        "e-mail address and free texts. Amounts, dates and references stay. 0: never by itself.",
        examples=[90],
        ge=0,
        le=36500,
    )
    quiet_hours: str = Field(
        "21:00-08:00",
        description="When nobody is reminded, by the clock where the buyer's number is at home.",
        examples=["21:00-08:00"],
        pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$",
    )
    colour: str = Field(
        "",
        description="The colour of its mark in the back office; empty: one that follows from its NAME.",
        examples=["#8a1538"],
        pattern="^(#[0-9a-fA-F]{6})?$",
    )


class ConnectionBlock(_OpenBlock):
    """`[connections.NAME]`: one merchant system; all other keys are the plugin's own."""

    plugin: str = Field(description="The plugin, as `paylink plugins list` names it.", examples=["woocommerce"])
    shop: str = Field(description="The [shops.NAME] that its orders belong to.", examples=["main"])
    poll_every: Duration = Field(
        timedelta(minutes=1), description="How often it is asked for changes.", examples=["1m"]
    )
    mapping: str = Field("", description="A mapping file of your own instead of the shipped one.", examples=["my.yaml"])


class TimingBlock(_Block):
    """`[timing]`: delays of the flow."""

    unknown_wait: Duration = Field(
        timedelta(minutes=10),
        description="How long a message whose sending broke off may take to report itself.",
        examples=["10m"],
    )
    reconcile_every: Duration = Field(
        timedelta(days=1), description="How often open PayLinks are read at the PSP.", examples=["1d"]
    )
    expiry_grace: Duration = Field(
        timedelta(minutes=5), description="How long after its end a PayLink is read once more.", examples=["5m"]
    )
    link_trial: Duration = Field(
        timedelta(minutes=10),
        description="How long a new PayLink lives until it is prolonged to its whole validity. When the answer to its "
        "making is lost, no other one is made until this time has passed. 0s: no trial, the whole validity at once.",
        examples=["10m"],
    )
    lease: Duration = Field(
        timedelta(seconds=30),
        description="How long the orders that a daemon had in hand stay its own after it was killed, when several "
        "daemons share a PostgreSQL; then another one takes them up.",
        examples=["30s"],
        ge=timedelta(seconds=2),
    )


class Settings(BaseSettings):
    """The whole configuration of one daemon."""

    model_config = SettingsConfigDict(
        env_prefix="PAYLINK_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )

    database: str = Field(
        "sqlite:///paylink.db",
        description="Where everything is kept. SQLite for one daemon, PostgreSQL for several.",
        examples=["postgresql://paylink@db.example/paylink"],
    )
    broker: str = Field(
        "", description="RabbitMQ; empty: an embedded queue in the database.", examples=["amqps://paylink@mq.example/"]
    )
    host: str = Field("127.0.0.1", description="The address to listen on.", examples=["0.0.0.0"])  # noqa: S104 - an example
    port: int = Field(8080, description="The port to listen on.", examples=[8080], ge=0, le=65535)
    public_url: str = Field(
        "",
        description="How the PSP and the messengers reach this daemon.",
        examples=["https://pay.example.com"],
        pattern="^(https?://.+[^/])?$",
    )
    prefetch: int = Field(100, description="Orders in hand at one time.", examples=[100], ge=1, le=2000)
    log_format: Literal["console", "json"] = Field("console", description="How logs look.", examples=["json"])
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="What is logged.", examples=["info"]
    )
    mappings: list[Path] = Field(
        default=[], description="Folders with mapping files of your own.", examples=[["mappings"]]
    )
    timing: TimingBlock = TimingBlock()
    psp: dict[Name, PspBlock] = {}
    channels: dict[Name, ChannelBlock] = {}
    shops: dict[Name, ShopBlock] = {}
    connections: dict[Name, ConnectionBlock] = {}

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file, which comes in as arguments."""
        return env_settings, init_settings

    @model_validator(mode="after")
    def _references_exist(self) -> Self:
        for name, shop in self.shops.items():
            _known(f"shops.{name}.psp", shop.psp, "psp", self.psp)
            for channel in shop.channels:
                _known(f"shops.{name}.channels", channel, "channels", self.channels)
        for name, connection in self.connections.items():
            _known(f"connections.{name}.shop", connection.shop, "shops", self.shops)
        return self


def load_settings(path: Path | None) -> Settings:
    """Reads the file (None: the environment alone). Raises `ConfigurationError` with every wrong setting by name."""
    _variables_are_spelt_well(os.environ)
    raw: dict[str, Any] = {}
    if path is not None:
        try:
            raw = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            cure = "Copy docs/paylink.example.toml to it, or name another file with --config."
            raise ConfigurationError(f"{path} cannot be read: {error.strerror}.", cure=cure) from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"{path} is no TOML: {error}.", cure="Correct the line that is named.") from None
    try:
        return Settings(**with_secret_files(raw, (path or Path()).parent))
    except ValidationError as error:
        raise ConfigurationError(explain(error, Settings), cure="Correct the settings named above.") from None


def _variables_are_spelt_well(names: Iterable[str]) -> None:
    """A name that is like no setting's may be somebody else's: a cluster's, of a service that is called paylink."""
    prefix = Settings.model_config.get("env_prefix", "")
    known = [field.upper() for field in Settings.model_fields]
    for name in names:
        first, nested, rest = name.removeprefix(prefix).partition("__")
        if not name.startswith(prefix) or first in known or first in _NO_SETTINGS:
            continue
        if close := difflib.get_close_matches(first, known, n=1, cutoff=0.75):
            sentence = f"{name}: there is no such setting; did you mean {prefix}{close[0]}{nested}{rest}?"
            raise ConfigurationError(sentence, cure="Correct the variable's name, or remove it.")


def with_secret_files(value: Any, folder: Path, where: str = "") -> Any:
    """Puts the text of secret files in the place of `{ file = "..." }`; relative paths start at the configuration."""
    if isinstance(value, dict) and set(value) == {"file"} and isinstance(value["file"], str):
        try:
            return (folder / value["file"]).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            sentence = f"{where}: the secret file {value['file']} cannot be read: {error}."
            raise ConfigurationError(sentence, cure="Create it, readable for the daemon's user only.") from None
    if isinstance(value, dict):
        return {key: with_secret_files(item, folder, f"{where}.{key}".lstrip(".")) for key, item in value.items()}
    if isinstance(value, list):
        return [with_secret_files(item, folder, where) for item in value]
    return value


def explain(error: ValidationError, model: type[BaseModel], prefix: str = "") -> str:
    """One line for each wrong setting: its name, the reason and an example. Never the value, which may be a secret."""
    return "\n".join(_line(item, model, prefix) for item in error.errors(include_url=False, include_input=False))


def _line(item: Mapping[str, Any], model: type[BaseModel], prefix: str) -> str:
    path = [str(part) for part in item["loc"] if part != "[key]"]
    name = ".".join([prefix, *path] if prefix else path)
    reason = str(item["msg"]).removeprefix("Value error, ")
    known, example = _lookup(model, path)
    if item["type"] == "extra_forbidden":
        close = difflib.get_close_matches(path[-1], known, n=1)
        reason = "there is no such setting" + (f"; did you mean {close[0]!r}?" if close else "")
    shown = f" Example: {path[-1]} = {_toml(example)}" if example is not None and path else ""
    return f"{name + ': ' if name else ''}{reason}.{shown}"


def _lookup(model: type[BaseModel], path: Sequence[str]) -> tuple[list[str], Any]:
    """(names known beside the last part of the path, an example for the setting itself)."""
    for part in path[:-1]:
        field = model.model_fields.get(part)
        inner = field.annotation if field else None
        arguments = getattr(inner, "__args__", ())
        inner = arguments[-1] if arguments else inner
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            model = inner
    field = model.model_fields.get(path[-1]) if path else None
    return list(model.model_fields), field.examples[0] if field and field.examples else None


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return str(value) if isinstance(value, int | float) else f'"{value}"'


def _known(setting: str, name: str, block: str, blocks: Mapping[str, object]) -> None:
    if name in blocks:
        return
    close = difflib.get_close_matches(name, list(blocks), n=1)
    hint = f"; did you mean {close[0]!r}?" if close else f"; add a block [{block}.{name}]"
    raise ValueError(f"{setting}: there is no [{block}.{name}]{hint}")
