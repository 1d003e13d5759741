"""Orders at once: the bell rings, and the same question is asked as by polling."""

import time
from collections.abc import Iterator
from typing import Any

from connector_core.sdk import Page
from connector_salesforce.event import EventMaker
from connector_salesforce.org import Org
from connector_salesforce.poll import poll_orders
from connector_salesforce.pubsub import Bell
from connector_salesforce.schema import Schema
from connector_salesforce.settings import SalesforceSettings

_WORD = 20.0
"""Seconds after which a page without events shows that somebody still listens."""
_TOGETHER = 0.3
"""Seconds in which further changes go along: an order is written several times while it comes to be."""


def listen_for_orders(
    org: Org, schema: Schema, settings: SalesforceSettings, events: EventMaker, bell: Bell, cursor: Any
) -> Iterator[Page]:
    """Pages as polling brings them: once at the beginning, for what came while nobody listened, and at each ring."""
    for rings in bell.rings(_WORD):
        if not rings:
            yield Page([], cursor)
            continue
        time.sleep(_TOGETHER)
        more = True
        while more:
            page = poll_orders(org, schema, settings, events, cursor)
            cursor, more = page.cursor, page.more
            yield page
