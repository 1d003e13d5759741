"""What a sandbox is started with: the account that the connector signs in to, and its approved templates."""

import re
from dataclasses import dataclass
from functools import cached_property

PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")


@dataclass(frozen=True)
class Template:
    """One template in one language. `body` has `{{1}}` or `{{name}}`; `button_url` is empty, fixed, or ends in `{{1}}`.

    Outside the sandbox a button's address has a fixed beginning with the domain (reference/messaging.md A2); a
    `button_url` of just `{{1}}`, which takes any address, exists here alone.
    """

    name: str
    language: str
    body: str
    button_text: str
    button_url: str
    category: str = "UTILITY"
    status: str = "APPROVED"

    @cached_property
    def placeholders(self) -> tuple[str, ...]:
        """Names in the order of their first appearance; positional ones in the order of their numbers."""
        names = tuple(dict.fromkeys(PLACEHOLDER.findall(self.body)))
        return tuple(sorted(names, key=int)) if names and all(name.isdigit() for name in names) else names

    @cached_property
    def is_named(self) -> bool:
        return not all(name.isdigit() for name in self.placeholders)

    @cached_property
    def has_dynamic_button(self) -> bool:
        return PLACEHOLDER.search(self.button_url) is not None


@dataclass(frozen=True)
class WhatsAppConfig:
    """The account, and the pace of what happens after a send; all times in seconds."""

    access_token: str
    phone_number_id: str
    waba_id: str
    app_secret: str
    verify_token: str
    templates: tuple[Template, ...]
    business_name: str = "Demo Shop"
    delivered_after: float = 0.2
    retry_seconds: tuple[float, ...] = (1.0, 5.0)
    """Pauses before a webhook is posted again; the real service goes on for 7 days (reference/messaging.md A5)."""
    display_phone_number: str = "+1 555-010-0199"
    batch: int = 20
    """Most statuses in one webhook; the real service names no number, only 3 MB."""
    concurrency: int = 4
    """Webhooks on their way at the same time."""
    latency_seconds: float = 0.0
    """The time that each send takes, half of it on the way there."""
