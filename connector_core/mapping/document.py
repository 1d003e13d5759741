"""The mapping document: which record, when it asks for a payment, and where each field comes from."""

import hashlib
import json
from typing import Annotated, TypeAlias

from pydantic import BeforeValidator, Field

from connector_core.mapping.specs import (
    Expression,
    LanguageLike,
    MomentLike,
    MoneySpec,
    PhoneSpec,
    Strict,
    TextLike,
)


class Condition(Strict):
    """An expression that holds or not, and what people read about it."""

    is_: Expression = Field(alias="is")
    reason: str = Field(default="", max_length=200, description="Why such a record asks for nothing, in plain words.")
    show: Expression | None = Field(default=None, description="An expression whose value is shown behind the reason.")


def _spelled_out(value: object) -> object:
    return {"is": value} if isinstance(value, str) else value


ConditionLike: TypeAlias = Annotated[
    Condition,
    BeforeValidator(_spelled_out, json_schema_input_type=Expression | Condition),
]


class OrderMarks(Strict):
    """What identifies a state of the order."""

    version: Expression = Field(description="The modification mark: text that sorts by time, or a whole number.")
    number: Expression = Field(description="The number by which people call the order.")


class Fields(Strict):
    """The terms of a payment request (`connector_core.domain.request.Terms`)."""

    amount: MoneySpec = Field(description="What is to be paid; more than nothing.")
    reference: TextLike = Field(description="What the buyer reads as order number; at most 64 characters.")
    phone: PhoneSpec = Field(description="Where the PayLink goes.")
    language: LanguageLike = Field(description="The language in which the buyer is written to.")
    name: TextLike | None = Field(default=None, description="The buyer's name; cut at 120 characters.")
    email: TextLike | None = Field(default=None, description="The buyer's e-mail address.")
    description: TextLike | None = Field(default=None, description="What is bought; cut at 255 characters.")
    valid_until: MomentLike | None = Field(default=None, description="End of the PayLink; else the shop's rule.")


class MappingDocument(Strict):
    """One YAML document. `version` counts up with every change that is put to work."""

    version: int = Field(ge=1, description="Counts up with every change that is put to work.")
    source: str = Field(
        pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$", description="Kind of record, such as `woocommerce.order`."
    )
    when: ConditionLike | None = Field(default=None, description="Asks for a payment only while this holds.")
    withdrawn: ConditionLike | None = Field(
        default=None, description="Where this holds the order asks for nothing any more: an open PayLink is closed."
    )
    order: OrderMarks
    fields: Fields

    def label(self) -> str:
        """`woocommerce.order@1+0c1d2e3f`: source, version, and the first 8 hex digits of the content's SHA-256."""
        content = json.dumps(self.model_dump(by_alias=True), sort_keys=True, ensure_ascii=False)
        return f"{self.source}@{self.version}+{hashlib.sha256(content.encode()).hexdigest()[:8]}"


REQUIRED = frozenset(name for name, field in Fields.model_fields.items() if field.is_required())
"""The fields without which nobody can be asked: amount, reference, phone, language."""
