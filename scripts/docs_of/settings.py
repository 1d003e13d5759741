"""`settings.md`: every setting of the configuration."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from connector_core.adapters.channels.email_account import EmailAccount
from connector_core.adapters.channels.whatsapp_account import WhatsAppAccount
from connector_core.adapters.psp_lyra.account import LyraAccount
from connector_core.registry import find_plugins
from connector_core.settings import ChannelBlock, ConnectionBlock, PspBlock, Settings, ShopBlock, TimingBlock
from scripts.docs_of.kinds import is_secret, kind
from scripts.docs_of.markdown import code, page, table, toml

_HEAD = ("setting", "what it does", "value", "default", "example", "variable")
_NAMED = (EmailAccount, LyraAccount, WhatsAppAccount)
_BY_BLOCK_NAME = "name"
"""An account takes its name from its block."""

_INTRODUCTION = """
The configuration is one TOML file. [paylink.example.toml](../paylink.example.toml) is one to copy;
`paylink config show` shows the settings in force, `paylink check` tries them.

## Where a value comes from

1. An environment variable.
2. Else the file: the one of `--config`, else the one that `PAYLINK_CONFIG` names, else `paylink.toml` in the present
   folder.
3. Else the default of the tables below. A setting without one is *required*.

Without a file the variables alone make the configuration. A list is replaced as a whole, never added to. A setting that
does not exist is refused by name, a variable like `PAYLINK_DATABSE` as well. Only a variable that begins like no
setting and no block of this page is ignored.

`PAYLINK_LANG=de` or `PAYLINK_LANG=en` sets the language of the commands, else the terminal's locale does.

## Secrets

Keep secrets in files of their own, readable for the daemon's user only, and name the file in the secret's place:

```toml
[psp.main]
passwords = [{ file = "secrets/lyra_password" }]
```

The file's text takes the place, without the blanks and line ends around it. A relative path starts at the folder of the
configuration. This form is for the TOML file only: a variable holds the secret itself.

A *list of secrets, 1 or 2* is for changing one without a gap: put the new one first, the old one second, and take the
old one out when the other side has changed.

## Values

| value | how it is written |
|---|---|
| duration | `"90s"`, `"5m"`, `"12h"`, `"7d"` |
| path | relative ones start at the folder in which `paylink` is started, as does a relative SQLite file in `database` |
| NAME | 1 to 50 small letters, digits, `-` and `_`; begins with a letter or a digit |

## Environment variables

`PAYLINK_` and the setting; two underscores between a block, its name and the setting. Lists and tables are written as
JSON. In the blocks `psp`, `channels` and `connections` a text that looks like a number needs quotes of its own:

```sh
PAYLINK_DATABASE=postgresql://paylink@db.example/paylink
PAYLINK_TIMING__RECONCILE_EVERY=12h
PAYLINK_SHOPS__MAIN__CHANNELS='["whatsapp"]'
PAYLINK_PSP__MAIN__SHOP_ID='"12345678"'
PAYLINK_PSP__MAIN__PASSWORDS='["testpassword_0123456789abcdef"]'
PAYLINK_CHANNELS__WHATSAPP__PHONE_NUMBER_ID='"106540352242922"'
```

The NAME of a block is in small letters whatever the variable's case: `PAYLINK_PSP__MAIN__MODE` belongs to `[psp.main]`.
A shell takes no hyphen in a variable, so give a block that you set by variables a name without one.
"""


def settings_page() -> str:
    return page("Settings", _INTRODUCTION, *_blocks())


def _blocks() -> Iterator[str]:
    yield _block("Top level", "", "", Settings)
    yield _block("[timing]", _said(TimingBlock), "TIMING__", TimingBlock)
    yield _block("[psp.NAME]", f"{_said(PspBlock)} For Lyra:", "PSP__NAME__", PspBlock, LyraAccount)
    yield _block(
        "[channels.NAME]", f"{_said(ChannelBlock)} For WhatsApp:", "CHANNELS__NAME__", ChannelBlock, WhatsAppAccount
    )
    words = "A sender of e-mails over the merchant's own mail server, for buyers whom no messenger reaches."
    yield _block('[channels.NAME] with kind = "email"', words, "CHANNELS__NAME__", EmailAccount)
    yield _block("[shops.NAME]", _said(ShopBlock), "SHOPS__NAME__", ShopBlock)
    yield _block("[connections.NAME]", _said(ConnectionBlock), "CONNECTIONS__NAME__", ConnectionBlock)
    for name, found in find_plugins().items():
        if found.plugin is not None and found.manifest is not None:
            title = f'[connections.NAME] with plugin = "{name}"'
            words = f"The keys of the plugin {found.manifest.name}, beside those above."
            yield _block(title, words, "CONNECTIONS__NAME__", found.plugin.Settings)


def _said(model: type[BaseModel]) -> str:
    """The block's own docstring, without the name that stands in the title."""
    text = " ".join((model.__doc__ or "").split())
    words = text.partition(": ")[2]
    return words[0].upper() + words[1:]


def _block(title: str, words: str, prefix: str, *models: type[BaseModel]) -> str:
    rows = [row for model in models for row in _rows(model, prefix)]
    return "\n\n".join(part for part in (f"## {title}", words, table(_HEAD, rows)) if part)


def _rows(model: type[BaseModel], prefix: str) -> Iterator[list[str]]:
    schemas = model.model_json_schema()["properties"]
    for name, field in model.model_fields.items():
        if _is_block(schemas[name]) or (model in _NAMED and name == _BY_BLOCK_NAME):
            continue
        if not field.description or not field.examples:
            raise ValueError(f"{model.__name__}.{name} needs a description and an example")
        words = f"{field.title}. {field.description}" if field.title else field.description
        default = "*required*" if field.is_required() else code(_default(field))
        variable = f"PAYLINK_{prefix}{name.upper()}"
        yield [
            code(name),
            words,
            kind(schemas[name]),
            default,
            code(_example(name, field, schemas[name])),
            code(variable),
        ]


def _is_block(schema: dict[str, Any]) -> bool:
    return "$ref" in schema or "patternProperties" in schema


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    return "" if value is None else toml(value)


def _example(name: str, field: FieldInfo, schema: dict[str, Any]) -> str:
    """A secret is shown as the file that holds it."""
    assert field.examples
    if not is_secret(schema):
        return f"{name} = {toml(field.examples[0])}"
    secret = toml({"file": f"secrets/{name}"})
    return f"{name} = [{secret}]" if schema.get("type") == "array" else f"{name} = {secret}"
