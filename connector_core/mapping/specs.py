"""The converters of a mapping document: what each is called and which settings it takes."""

from typing import Annotated, Literal, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from connector_core.mapping.language import language_tag
from connector_core.mapping.select import compile_expression


def _expression(text: str) -> str:
    compile_expression(text)
    return text


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (LookupError, OSError, ValueError):
        raise ValueError(f"'{name}' is no time zone; expected a name such as Europe/Berlin") from None
    return name


def _language(tag: str) -> str:
    if not language_tag(tag):
        raise ValueError(f"'{tag}' is no language tag; expected one such as de or en-GB")
    return tag


Expression: TypeAlias = Annotated[str, AfterValidator(_expression), Field(description="A JMESPath expression.")]


class Strict(BaseModel):
    """Unknown keys are refused, and `no` is not a text."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Spec(Strict):
    """What all converters share."""

    from_: Expression = Field(alias="from")
    required: bool = Field(default=False, description="Without a value the order is parked.")


class TextSpec(Spec):
    """The value as one line of text; numbers are written out."""

    as_: Literal["text"] = Field(alias="as")
    default: str | None = Field(default=None, description="Taken when nothing is selected.")


class LowerSpec(Spec):
    """Text in lower case."""

    as_: Literal["lower"] = Field(alias="as")
    default: str | None = Field(default=None, description="Taken when nothing is selected.")


class UpperSpec(Spec):
    """Text in upper case."""

    as_: Literal["upper"] = Field(alias="as")
    default: str | None = Field(default=None, description="Taken when nothing is selected.")


class JoinSpec(Spec):
    """The texts of a list, empty ones left out."""

    as_: Literal["join"] = Field(alias="as")
    with_: str = Field(default=" ", alias="with", description="What stands between two texts.")
    default: str | None = Field(default=None, description="Taken when nothing is selected.")


class IntegerSpec(Spec):
    """A whole number; 15.0 and "15" are 15, anything else is refused."""

    as_: Literal["integer"] = Field(alias="as")


class MapSpec(Spec):
    """A value looked up in a table, exactly or else without regard to case."""

    as_: Literal["map"] = Field(alias="as")
    values: dict[str, str] = Field(min_length=1, description="What each value becomes.")
    default: str | None = Field(default=None, description="Taken for nothing and for what is not in the table.")


class ConstantSpec(Strict):
    """Always the same text; nothing is selected."""

    as_: Literal["constant"] = Field(alias="as")
    value: str = Field(description="The text.")


class EmailSpec(Spec):
    """An e-mail address; a mistyped one is left out, because it is not needed to ask for a payment."""

    as_: Literal["email"] = Field(alias="as")


class MoneySpec(Spec):
    """An amount of an ISO 4217 currency, without loss; more decimals than the currency has are refused."""

    as_: Literal["money"] = Field(alias="as")
    currency: Expression = Field(description="An expression; a fixed currency is written as \"'EUR'\".")
    unit: Literal["major", "minor"] = Field(default="major", description="`minor` for whole cents.")


class PhoneSpec(Spec):
    """A telephone number as E.164; `49151…` counts as `+49151…` where national numbers begin with 0."""

    as_: Literal["phone"] = Field(alias="as")
    region: Expression | None = Field(
        default=None, description="An expression for the ISO 3166 country of national numbers; else the shop's region."
    )


class LanguageSpec(Spec):
    """A BCP 47 language tag from `de`, `de_DE`, `de-DE`, `de_DE_formal` or `sr_RS@latin`."""

    as_: Literal["language"] = Field(alias="as")
    default: Annotated[str, AfterValidator(_language)] | None = Field(
        default=None, description="Taken for nothing and for what is no language; else the shop's language."
    )


class DatetimeSpec(Spec):
    """An ISO 8601 moment in UTC; a bare date means the end of that day."""

    as_: Literal["datetime"] = Field(alias="as")
    zone: Annotated[str, AfterValidator(_zone)] = Field(default="UTC", description="Zone of times without one.")


class DurationSpec(Spec):
    """A moment after another: ISO 8601 (`P3D`, `PT90M`) or a whole number of `unit`."""

    as_: Literal["duration"] = Field(alias="as")
    since: Expression = Field(description="An expression for the moment that it counts from.")
    unit: Literal["weeks", "days", "hours", "minutes", "seconds"] = Field(
        default="days", description="What a bare number counts."
    )
    zone: Annotated[str, AfterValidator(_zone)] = Field(default="UTC", description="Zone of times without one.")


TextLike: TypeAlias = Annotated[
    TextSpec | LowerSpec | UpperSpec | JoinSpec | IntegerSpec | MapSpec | ConstantSpec | EmailSpec,
    Field(discriminator="as_"),
]
LanguageLike: TypeAlias = Annotated[LanguageSpec | MapSpec | ConstantSpec, Field(discriminator="as_")]
MomentLike: TypeAlias = Annotated[DatetimeSpec | DurationSpec, Field(discriminator="as_")]
AnySpec: TypeAlias = MoneySpec | PhoneSpec | TextLike | LanguageLike | MomentLike

SPECS: tuple[type[Strict], ...] = (
    TextSpec,
    LowerSpec,
    UpperSpec,
    JoinSpec,
    IntegerSpec,
    MapSpec,
    ConstantSpec,
    EmailSpec,
    MoneySpec,
    PhoneSpec,
    LanguageSpec,
    DatetimeSpec,
    DurationSpec,
)
"""Every converter once, in the order of the reference."""


def converter_name(spec: type[Strict]) -> str:
    """The word behind `as`."""
    (name,) = spec.model_fields["as_"].annotation.__args__  # type: ignore[union-attr]  # a Literal with one value
    return str(name)
