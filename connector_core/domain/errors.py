"""Errors say what the runner shall do next, in plain words for the administrator and with the way out."""

from datetime import timedelta


class ConnectorError(Exception):
    """Base: `sentence` says what happened, `cure` what to do, `detail` keeps the peer's own words (masked)."""

    def __init__(self, sentence: str, *, cure: str = "", detail: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.cure = cure
        self.detail = detail

    def __str__(self) -> str:
        return " ".join(part for part in (self.sentence, self.cure) if part)


class ConfigurationError(ConnectorError):
    """A setting is wrong: the peer is paused until somebody changes it."""


class AuthenticationError(ConnectorError):
    """The peer refuses our credentials: it is paused, with one alarm."""


class RetryLater(ConnectorError):
    """Nothing happened at the peer; the same call may go out again, not before `after`."""

    def __init__(self, sentence: str, *, after: timedelta | None = None, cure: str = "", detail: str = "") -> None:
        super().__init__(sentence, cure=cure, detail=detail)
        self.after = after


class RateLimited(RetryLater):
    """The peer asks for a pause; `after` is kept exactly."""


class OutcomeUnknown(ConnectorError):
    """The call went out and no answer came: look before you repeat."""


class Rejected(ConnectorError):
    """The peer understood and refused: no retry, a person decides. `code` is the peer's."""

    def __init__(self, sentence: str, *, code: str = "", cure: str = "", detail: str = "") -> None:
        super().__init__(sentence, cure=cure, detail=detail)
        self.code = code


class Unreachable(Rejected):
    """This buyer cannot be reached over this channel; another channel may."""


class NotFound(ConnectorError):
    """The thing that was asked for does not exist at the peer (any more)."""


class MappingError(ConnectorError):
    """A record cannot become a payment request: `field` and where it is read from, `file:line` of the mapping."""

    def __init__(self, sentence: str, *, field: str = "", where: str = "", cure: str = "", detail: str = "") -> None:
        super().__init__(sentence, cure=cure, detail=detail)
        self.field = field
        self.where = where


class InvalidInput(ConnectorError):
    """What came in through a door cannot be used: `field` names the part, `status` is the HTTP status to answer,
    `after` how long the sender should wait, if that helps.
    """

    after: timedelta | None = None

    def __init__(self, sentence: str, *, field: str = "", status: int = 400, cure: str = "", detail: str = "") -> None:
        super().__init__(sentence, cure=cure, detail=detail)
        self.field = field
        self.status = status


class SignatureInvalid(InvalidInput):
    """Unsigned or wrongly signed input: it changes nothing but a counter."""

    def __init__(self, sentence: str, *, cure: str = "", detail: str = "") -> None:
        super().__init__(sentence, field="signature", status=401, cure=cure, detail=detail)
