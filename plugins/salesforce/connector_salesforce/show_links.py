"""The order shows its PayLink as soon as it can be paid: people there copy it, look at it, or send it another way."""

from collections.abc import Sequence

from connector_core.sdk import OpenLink, RetryLater
from connector_salesforce.orders import parse_ref, stamp
from connector_salesforce.org import Org
from connector_salesforce.schema import ORDER
from connector_salesforce.standing import link_fields, read_standing


def show_links(org: Org, links: Sequence[OpenLink]) -> None:
    """Of several links of one order the newest. An order that is gone or refuses the change is left out."""
    newest = {link.order_ref: link for link in sorted(links, key=lambda link: link.at) if parse_ref(link.order_ref)}
    orders = read_standing(org, list(newest))
    rows = [
        {"Id": ref, "PayLink_URL__c": link.url, "PayLink_Sent_At__c": stamp(link.at), **link_fields(orders[ref])}
        for ref, link in newest.items()
        if ref in orders
    ]
    results = org.update(ORDER, rows) if rows else []
    if any(result.error and result.error.passing for result in results):
        raise RetryLater("Somebody else works on the order in Salesforce.", cure="It is tried again by itself.")
