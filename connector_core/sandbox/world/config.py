"""The configuration file with which the world's daemon runs; an administrator's looks the same."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Credentials:
    """Fresh for every world."""

    lyra_password: str = field(default_factory=lambda: f"testpassword_{secrets.token_hex(16)}")
    lyra_hmac_key: str = field(default_factory=lambda: secrets.token_hex(16))
    whatsapp_token: str = field(default_factory=lambda: secrets.token_hex(24))
    whatsapp_secret: str = field(default_factory=lambda: secrets.token_hex(16))
    whatsapp_verify: str = field(default_factory=lambda: secrets.token_hex(8))
    lyra_shop: str = "12345678"
    phone_number: str = "106540352242922"
    business: str = "102290129340398"


def toml(block: Mapping[str, Any], path: str = "") -> str:
    """TOML of nested mappings; values are texts, numbers, truth values and lists of them."""
    lines = [f"{name} = {_value(value)}" for name, value in block.items() if not isinstance(value, Mapping)]
    text = "\n".join(lines)
    for name, value in block.items():
        if isinstance(value, Mapping):
            inner = f"{path}.{name}".lstrip(".")
            text += f"\n\n[{inner}]\n{toml(value, inner)}"
    return text


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)
