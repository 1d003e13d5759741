"""Addresses that people paste, and what is said of the wrong ones."""

import pytest
from connector_salesforce.settings import SalesforceSettings
from pydantic import ValidationError

GIVEN = {"client_id": "3MVG9AbCdEf", "client_secret": "0123456789ABCDEF"}


@pytest.mark.parametrize(
    "url", ["https://acme.my.salesforce.com", "https://acme--uat.sandbox.my.salesforce.com/", "http://127.0.0.1:8080"]
)
def test_my_domain_is_taken(url: str) -> None:
    assert SalesforceSettings.model_validate({**GIVEN, "url": url}).url == url.rstrip("/")


@pytest.mark.parametrize(
    ("url", "way_out"),
    [
        ("acme.my.salesforce.com", "https:// in front"),
        ("https://login.salesforce.com", "Setup > My Domain"),
        ("https://test.salesforce.com", "Setup > My Domain"),
        ("https://acme.lightning.force.com", "ends in .my.salesforce.com"),
        ("https://acme.my.salesforce.com/lightning/page/home", "bare address"),
        ("https://user:secret@acme.my.salesforce.com", "bare address"),
    ],
)
def test_other_addresses_are_refused_with_the_way_out(url: str, way_out: str) -> None:
    with pytest.raises(ValidationError, match=way_out):
        SalesforceSettings.model_validate({**GIVEN, "url": url})


@pytest.mark.parametrize("currency", ["EURO", "eur", "XX", ""])
def test_currency_is_one_of_iso_4217(currency: str) -> None:
    with pytest.raises(ValidationError, match="ISO 4217"):
        SalesforceSettings.model_validate({**GIVEN, "url": "https://acme.my.salesforce.com", "currency": currency})


@pytest.mark.parametrize("field", ["Name FROM Contact", "Id)", "a-b", "1st__c", "'"])
def test_further_fields_are_names_and_nothing_else(field: str) -> None:
    given = {**GIVEN, "url": "https://acme.my.salesforce.com", "extra_fields": [field]}
    with pytest.raises(ValidationError, match="extra_fields"):
        SalesforceSettings.model_validate(given)
