"""What went wrong with RabbitMQ, in plain words with the cure, and without any credential."""

import re
from collections.abc import Iterator

from pika.exceptions import (
    ChannelClosedByBroker,
    ConnectionClosedByBroker,
    ProbableAccessDeniedError,
    ProbableAuthenticationError,
)

from connector_core.adapters.rabbitmq.topology import Topology

_QUEUE = re.compile(r"(?:for )?(queue|exchange) '([^']+)'")
_ARGUMENT = re.compile(r"inequivalent arg '([^']+)'")


def is_mismatch(error: BaseException) -> bool:
    """Whether a queue or exchange exists with other arguments (406): only a person can cure it."""
    return any(isinstance(cause, ChannelClosedByBroker) and cause.reply_code == 406 for cause in _causes(error))


def explain(error: BaseException, where: str, names: Topology) -> str:
    """`where` is host and port."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ChannelClosedByBroker):
            return _of_channel(cause.reply_code, cause.reply_text, names)
        if isinstance(cause, ConnectionClosedByBroker) and cause.reply_code != 320:
            return _of_connection(cause.reply_code, cause.reply_text, where)
    for cause in causes:
        if isinstance(cause, ProbableAuthenticationError):
            return f"RabbitMQ at {where} refuses user or password. Correct the address of RabbitMQ in the settings."
        if isinstance(cause, ProbableAccessDeniedError):
            return f"RabbitMQ at {where} does not let this user into the virtual host. Correct vhost or permissions."
    reason = next((str(c) for c in causes if isinstance(c, OSError) and str(c)), "no connection")
    return f"RabbitMQ at {where} cannot be reached ({reason}). It is tried again by itself; see that it runs."


def _of_channel(code: int, text: str, names: Topology) -> str:
    thing = _QUEUE.search(text)
    kind, name = thing.groups() if thing else ("queue", names.orders)
    if code == 406:
        argument = _ARGUMENT.search(text)
        which = f" ({argument.group(1)})" if argument else ""
        return (
            f"The {kind} {name} exists already with other arguments{which}. Empty and delete it in RabbitMQ, and it is "
            f"made anew by itself; or choose another name in the settings. Nothing is consumed until then."
        )
    if code == 403:
        return (
            f"The RabbitMQ user may not declare or use the {kind} {name}. Give it the configure, write and read "
            f"permissions on {names.orders}, {names.dead} and {names.events}."
        )
    if code == 404:
        return f"The {kind} {name} is gone or its node is down. It is declared anew by itself."
    return f"RabbitMQ closed the channel ({code} {text})."


def _of_connection(code: int, text: str, where: str) -> str:
    if code == 403:
        return f"RabbitMQ at {where} refuses user or password. Correct the address of RabbitMQ in the settings."
    if code == 530:
        return f"RabbitMQ at {where} does not let this user into the virtual host. Correct vhost or permissions."
    return f"RabbitMQ at {where} closed the connection ({code} {text})."


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error, what it wraps and what raised it; pika nests its connectors' errors in `exceptions` and arguments."""
    seen: set[int] = set()
    todo = [error]
    while todo:
        current = todo.pop(0)
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        todo.append(current.__cause__)
        todo.extend(getattr(current, "exceptions", None) or ())
        todo.append(getattr(current, "exception", None))
        todo.extend(argument for argument in current.args if isinstance(argument, BaseException))
