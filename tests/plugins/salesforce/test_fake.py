"""The demo Salesforce behaves as simple-salesforce expects a real one to, and as reference/salesforce.md says."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import requests
from connector_salesforce.fake import FakeSalesforce, FakeSalesforceConfig
from connector_salesforce.fake.ids import normal_id, with_suffix
from requests.adapters import HTTPAdapter
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceError, SalesforceExpiredSession, SalesforceRefusedRequest

from connector_core.sdk import Money
from connector_core.sdk.testing.vendor import BookedPayment

PAYMENTS = "composite/sobjects/PayLink_Payment__c/PayLink_Id__c"


@pytest.fixture
def demo(request: pytest.FixtureRequest) -> Iterator[FakeSalesforce]:
    """`parametrize` it indirectly for other settings."""
    server = FakeSalesforce(FakeSalesforceConfig(seed=1, **getattr(request, "param", {})))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def session() -> Iterator[requests.Session]:
    """Speaks http where simple-salesforce insists on https (reference 1.3)."""
    adapter = HTTPAdapter()
    send = adapter.send

    def send_plain(request: requests.PreparedRequest, **options: Any) -> requests.Response:
        request.url = (request.url or "").replace("https://", "http://", 1)
        return send(request, **options)

    setattr(adapter, "send", send_plain)  # noqa: B010 - the one way to change the scheme below the library
    with requests.Session() as made:
        made.trust_env = False
        made.mount("https://", adapter)
        yield made


def token(demo: FakeSalesforce, *, basic: bool = True, **fields: str) -> requests.Response:
    """Asks for a token; `fields` are laid over a request that succeeds."""
    usual = {"client_id": demo.config.client_id, "client_secret": demo.config.client_secret}
    form = {"grant_type": "client_credentials", **usual, **fields}
    pair = (form.pop("client_id"), form.pop("client_secret")) if basic else None
    with requests.Session() as session:
        session.trust_env = False
        return session.post(f"{demo.url}/services/oauth2/token", data=form, auth=pair)


def log_in(demo: FakeSalesforce, session: requests.Session, version: str = "66.0") -> Any:
    """The library's own types know no objects such as ``client.Order``."""
    access, url = (token(demo).json()[name] for name in ("access_token", "instance_url"))
    return Salesforce(session_id=access, instance_url=url, session=session, version=version)


@pytest.fixture
def client(demo: FakeSalesforce, session: requests.Session) -> Any:
    return log_in(demo, session)


def refused(call: Callable[[], Any], kind: type[SalesforceError] = SalesforceError) -> str:
    """HTTP status, error code and message of the error that this call is answered with."""
    with pytest.raises(kind) as caught:
        call()
    error: Any = caught.value
    return f"{error.status} {error.content[0]['errorCode']} {error.content[0]['message']}"


def code(call: Callable[[], Any], kind: type[SalesforceError] = SalesforceError) -> str:
    """Without the message."""
    return " ".join(refused(call, kind).split(" ", 2)[:2])


def payment(order: str, key: str = "pl-1", **fields: Any) -> dict[str, Any]:
    usual = {"Order__c": order, "Type__c": "Capture", "Amount__c": 12.5, "Currency__c": "EUR"}
    return {"attributes": {"type": "PayLink_Payment__c"}, "PayLink_Id__c": key, **usual, **fields}


def patch(client: Any, path: str, *records: dict[str, Any], whole: bool = False) -> list[dict[str, Any]]:
    return list(client.restful(path, method="PATCH", json={"allOrNone": whole, "records": records}))


def changed(order: str, **fields: Any) -> dict[str, Any]:
    return {"attributes": {"type": "Order"}, "id": order, **fields}


def errors(rows: list[dict[str, Any]]) -> list[str]:
    return [row["errors"][0]["statusCode"] if row["errors"] else "" for row in rows]


@pytest.mark.parametrize("basic", [True, False])
def test_token_is_granted_by_header_and_by_form(demo: FakeSalesforce, basic: bool) -> None:
    granted = token(demo, basic=basic).json()
    *_, org_id, user_id = granted["id"].split("/")
    assert (granted["instance_url"], granted["token_type"], granted.get("expires_in")) == (demo.url, "Bearer", None)
    assert (normal_id(org_id), user_id[:3]) == (org_id, "005")
    assert abs(int(granted["issued_at"]) / 1000 - datetime.now(UTC).timestamp()) < 60


@pytest.mark.parametrize("basic", [True, False])
def test_token_is_refused(demo: FakeSalesforce, basic: bool) -> None:
    wrong = {
        "client_id": "invalid_client_id",
        "client_secret": "invalid_client",
        "grant_type": "unsupported_grant_type",
    }
    for field, error in wrong.items():
        answer = token(demo, basic=basic, **{field: "other"})
        assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_versions_need_no_login_and_all_else_does(demo: FakeSalesforce, session: requests.Session) -> None:
    versions = session.get(f"{demo.url}/services/data").json()
    assert {"label": "Spring '26", "url": "/services/data/v66.0", "version": "66.0"} in versions
    answer = session.get(f"{demo.url}/services/data/v66.0/limits/")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (401, "INVALID_SESSION_ID")
    assert code(log_in(demo, session, "30.0").limits) == "410 UNSUPPORTED_API_VERSION"
    client = log_in(demo, session, "31.0")
    assert code(lambda: client.restful("nothing")) == "404 NOT_FOUND"
    assert code(lambda: client.restful("limits/", method="DELETE")) == "405 METHOD_NOT_ALLOWED"


def test_session_ends_and_limits_are_reached(demo: FakeSalesforce, client: Any) -> None:
    demo.refuse(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", times=2)
    for _ in range(2):
        assert code(client.limits, SalesforceRefusedRequest) == "403 REQUEST_LIMIT_EXCEEDED"
    assert client.limits()["DailyApiRequests"] == {"Max": 15_000, "Remaining": 14_997}
    assert client.api_usage["api-usage"].used == 3
    demo.expire_sessions()
    assert code(client.limits, SalesforceExpiredSession) == "401 INVALID_SESSION_ID"


def test_query_answers_fields_of_parents(demo: FakeSalesforce, client: Any) -> None:
    order = demo.place_order(total="99.50", contact={"MobilePhone": "+49 151 23456789"}, account={"Name": "Muster"})
    asked = "SELECT Id, TotalAmount, CreatedDate, Account.Name, BillToContact.MobilePhone, ShipToContact.Id FROM Order"
    (found,) = client.query(asked)["records"]
    assert found["attributes"] == {"type": "Order", "url": f"/services/data/v66.0/sobjects/Order/{order}"}
    assert (found["Id"], found["TotalAmount"], found["Account"]["Name"]) == (order, 99.5, "Muster")
    assert found["BillToContact"]["MobilePhone"] == "+49 151 23456789"
    assert (found["ShipToContact"], found["CreatedDate"][-9:]) == (None, ".000+0000")


@pytest.mark.parametrize("demo", [{"page_size": 2}], indirect=True)
def test_query_pages(demo: FakeSalesforce, client: Any) -> None:
    orders = [demo.place_order(total=total) for total in ("20", "30", "20", "10", "30")]
    soql = "SELECT Id FROM Order ORDER BY TotalAmount DESC, OrderNumber ASC"
    first = client.query(f"{soql} LIMIT 4")
    assert (first["totalSize"], first["done"], len(first["records"])) == (4, False, 2)
    found = [record["Id"] for record in client.query_all(soql)["records"]]
    assert found == [orders[index] for index in (1, 4, 0, 2, 3)]
    assert code(lambda: client.query_more("01g000000000000-2")) == "400 INVALID_QUERY_LOCATOR"


@pytest.mark.parametrize(
    ("where", "numbers"),
    [
        ("TotalAmount > 20 AND TotalAmount <= 40", "3 4"),
        ("TotalAmount >= 20 AND (NOT TotalAmount = 30)", "2 4"),
        ("PoNumber = 'it\\'s' OR PoNumber = 'SECOND'", "1 2"),
        ("PoNumber != 'second'", "1 3 4"),
        ("PoNumber IN ('second', 'none')", "2"),
        ("PoNumber NOT IN ('second')", "1 3 4"),
        ("IsDeleted = false AND (TotalAmount < 20 OR BillToContact.LastName = 'Vogt')", "1 3"),
        ("SystemModstamp >= 2020-01-01T01:00:00+01:00", "1 2 3 4"),
        ("EffectiveDate > 2020-01-01 AND Order.Account.Name <> ''", "1 2 3 4"),
    ],
)
def test_query_filters(demo: FakeSalesforce, client: Any, where: str, numbers: str) -> None:
    demo.place_order(total="10", PoNumber="it's", Description="1", contact=None)
    demo.place_order(total="20", PoNumber="second", Description="2", contact=None)
    demo.place_order(total="30", Description="3", contact={"LastName": "Vogt"})
    demo.place_order(total="40", Description="4", contact=None, StatusCode="Draft")
    found = client.query(f"SELECT Description FROM Order WHERE {where} ORDER BY Description")
    assert " ".join(record["Description"] for record in found["records"]) == numbers


def test_ids_of_15_and_18_characters_are_equal(demo: FakeSalesforce, client: Any) -> None:
    order = demo.place_order()
    for known in (order, order[:15], order.lower()):
        assert client.query(f"SELECT Id FROM Order WHERE Id IN ('{known}')")["records"][0]["Id"] == order
    assert with_suffix("0018000000MEuw5") == "0018000000MEuw5AAD"
    assert normal_id(order[:17] + "9") is None
    none = "SELECT Id FROM Order WHERE Id = '987654321'"
    assert code(lambda: client.query(none)) == "400 INVALID_QUERY_FILTER_OPERATOR"


def test_deleted_rows_are_seen_by_query_all_only(demo: FakeSalesforce, client: Any) -> None:
    order = demo.place_order()
    demo.delete(order)
    assert client.query("SELECT Id FROM Order")["totalSize"] == 0
    assert client.query("SELECT IsDeleted FROM Order", include_deleted=True)["records"][0]["IsDeleted"] is True
    assert code(lambda: client.Order.get(order)) == "404 ENTITY_IS_DELETED"


@pytest.mark.parametrize(
    ("soql", "error"),
    [
        ("SELECT Foo FROM Order", "INVALID_FIELD"),
        ("SELECT Id, Foo.Name FROM Order", "INVALID_FIELD"),
        ("SELECT Id, Id FROM Order", "INVALID_FIELD"),
        ("SELECT Id FROM Order WHERE TotalAmount = '5'", "INVALID_FIELD"),
        ("SELECT Id FROM Order WHERE SystemModstamp > '2026-11-23T09:01:43Z'", "INVALID_FIELD"),
        ("SELECT CurrencyIsoCode FROM Order", "INVALID_FIELD"),
        ("SELECT Id FROM Orders", "INVALID_TYPE"),
        ("SELECT Id FROM Order WHERE PoNumber = 'a' AND PoNumber = 'b' OR PoNumber = 'c'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Order WHERE PoNumber = 'a", "MALFORMED_QUERY"),
        ("SELECT Id FROM Order WHERE PoNumber = 'a\\d'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Order WHERE PoNumber = a", "MALFORMED_QUERY"),
        ("SELECT Id FROM Order LIMIT -1", "MALFORMED_QUERY"),
        ("SELECT Id FROM Order WHERE" + " NOT" * 30 + " Id = null", "MALFORMED_QUERY"),
        ("", "MALFORMED_QUERY"),
    ],
)
def test_query_that_cannot_be_asked(client: Any, soql: str, error: str) -> None:
    found = refused(lambda: client.query(soql))
    assert found.startswith(f"400 {error} ")
    assert "SELECT Foo" not in soql or "\nERROR at Row:1:Column:8\nNo such column 'Foo' on entity" in found


def test_hidden_field_and_object_are_not_there(demo: FakeSalesforce, client: Any) -> None:
    order = demo.place_order()
    demo.hide("Order", "PayLink_Status__c")
    demo.hide("Contact")
    demo.hide("PayLink_Payment__c")
    assert code(lambda: client.query("SELECT PayLink_Status__c FROM Order")) == "400 INVALID_FIELD"
    assert code(lambda: client.query("SELECT BillToContact.Name FROM Order")) == "400 INVALID_FIELD"
    assert code(lambda: client.query("SELECT Id FROM PayLink_Payment__c")) == "400 INVALID_TYPE"
    assert code(lambda: client.Order.update(order, {"PayLink_Status__c": "Paid"})) == "400 INVALID_FIELD"
    assert "PayLink_Status__c" not in {field["name"] for field in client.Order.describe()["fields"]}
    assert code(client.Contact.describe) == "404 NOT_FOUND"
    assert code(lambda: patch(client, PAYMENTS, payment(order))) == "404 NOT_FOUND"


def test_describe_tells_types_and_rights(demo: FakeSalesforce, client: Any) -> None:
    demo.freeze("Order", "PayLink_URL__c")
    described = client.Order.describe()
    fields = {field["name"]: field for field in described["fields"]}
    assert (described["name"], described["createable"], described["updateable"]) == ("Order", True, True)
    assert (fields["TotalAmount"]["type"], fields["TotalAmount"]["updateable"]) == ("currency", False)
    assert (fields["PayLink_Status__c"]["type"], fields["PayLink_Status__c"]["updateable"]) == ("picklist", True)
    assert (fields["PayLink_URL__c"]["updateable"], fields["AccountId"]["nillable"]) == (False, False)
    assert "CurrencyIsoCode" not in fields
    assert client.Organization.describe()["updateable"] is False


@pytest.mark.parametrize("demo", [{"package": False, "name": "Bare"}], indirect=True)
def test_org_without_the_package(demo: FakeSalesforce, client: Any) -> None:
    assert not [field for field in client.Order.describe()["fields"] if field["custom"]]
    assert code(client.PayLink_Payment__c.describe) == "404 NOT_FOUND"
    assert client.query("SELECT Name FROM Organization")["records"][0]["Name"] == "Bare"
    assert demo.paid_orders() == {}


@pytest.mark.parametrize("demo", [{"multicurrency": True}], indirect=True)
def test_org_of_many_currencies(demo: FakeSalesforce, client: Any) -> None:
    assert demo.place_order() < demo.place_order(CurrencyIsoCode="CHF")
    found = client.query("SELECT CurrencyIsoCode FROM Order ORDER BY OrderNumber")
    assert [record["CurrencyIsoCode"] for record in found["records"]] == ["EUR", "CHF"]


def test_record_lives_and_dies(client: Any, session: requests.Session) -> None:
    chunks = iter([b'{"Name": ', b'"  Muster GmbH ", "Phone": ""}'])
    account = session.post(f"{client.base_url}sobjects/Account", data=chunks, headers=client.headers).json()["id"]
    contact = client.Contact.create({"FirstName": "Erika", "LastName": "Muster", "AccountId": account})["id"]
    assert (account[:3], contact[:3]) == ("001", "003")
    assert client.Contact.update(contact, {"LastName": "Mann"}) == 204
    assert client.Contact.get(contact)["Name"] == "Erika Mann"
    found = client.restful(f"sobjects/Account/{account[:15]}", {"fields": "Name,Phone"}) or {}
    assert (found.keys(), found["Name"], found["Phone"]) == ({"attributes", "Name", "Phone"}, "Muster GmbH", None)
    assert client.Contact.delete(contact) == 204
    assert code(lambda: client.Contact.delete(contact)) == "404 ENTITY_IS_DELETED"
    assert code(lambda: client.Contact.create({"FirstName": "Erika"})) == "400 REQUIRED_FIELD_MISSING"
    assert code(lambda: client.Contact.get("003000000000001AAA")) == "404 NOT_FOUND"


def test_order_is_activated_and_taken_back(demo: FakeSalesforce, client: Any) -> None:
    account = client.Account.create({"Name": "Muster"})["id"]
    order = client.Order.create({"AccountId": account, "EffectiveDate": "2026-11-23", "Status": "Draft"})["id"]
    assert client.Order.get(order)["OrderNumber"] == "00000100"
    assert (demo.row(order)["StatusCode"], demo.row(order)["ActivatedDate"]) == ("Draft", None)
    client.Order.update(order, {"Status": "Activated"})
    assert (demo.row(order)["StatusCode"], demo.row(order)["ActivatedDate"] is None) == ("Activated", False)
    demo.set_clock(timedelta(days=2))
    demo.deactivate(order)
    row = demo.row(order[:15])
    assert (row["Status"], row["ActivatedDate"]) == ("Draft", None)
    assert row["SystemModstamp"] - row["CreatedDate"] >= timedelta(days=2)


def test_upsert_creates_once(demo: FakeSalesforce, client: Any) -> None:
    order = demo.place_order()
    refund = payment(order, "2", Type__c="Refund")
    first = patch(client, PAYMENTS, payment(order, "A-1", Transaction_Ref__c="t1"), refund)
    again = patch(client, PAYMENTS, payment(order[:15], "a-1", Transaction_Ref__c="t1"))
    assert [row["created"] for row in first + again] == [True, True, False]
    assert first[0]["id"] == again[0]["id"]
    assert demo.paid_orders() == {order: [BookedPayment("t1", Money.parse("12.50", "EUR"))]}
    assert [row["Amount__c"] for row in json.loads(json.dumps(demo.ledger()))["PayLink_Payment__c"]] == [12.5, 12.5]


def test_rows_of_an_upsert_fail_alone(demo: FakeSalesforce, client: Any) -> None:
    order, gone = demo.place_order(), demo.place_order()
    demo.delete(gone)
    rows = patch(
        client, PAYMENTS, payment(order), payment(gone, "2"), payment("no id", "3"), payment(order, "x" * 65),
        payment(order, ""), payment(order, "same"), payment(order, "SAME"), payment(order, "4", Type__c="Gift"),
        payment(order, "5", Foo=1), payment(order, "6", Name="x"), payment(order, "7", Id="a00000000000001"),
    )  # fmt: skip
    assert errors(rows) == [
        "", "INVALID_CROSS_REFERENCE_KEY", "MALFORMED_ID", "STRING_TOO_LONG", "MISSING_ARGUMENT", "DUPLICATE_VALUE",
        "DUPLICATE_VALUE", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "INVALID_FIELD",
        "INVALID_FIELD_FOR_INSERT_UPDATE", "INVALID_FIELD_FOR_INSERT_UPDATE",
    ]  # fmt: skip
    assert rows[3]["errors"][0]["fields"] == ["PayLink_Id__c"]
    assert len(demo.rows("PayLink_Payment__c")) == 1


def test_rows_of_an_update_fail_alone(demo: FakeSalesforce, client: Any) -> None:
    order, gone = demo.place_order(), demo.place_order()
    demo.delete(gone)
    paid_at = "2026-11-23T10:01:43.5+01:00"
    rows = patch(
        client, "composite/sobjects", changed(order[:15], PayLink_Paid_Amount__c="99.5", PayLink_Paid_At__c=paid_at),
        changed(gone, PoNumber="1"), changed("801000000000001", PoNumber="1"), changed("", PoNumber="1"),
        changed(order, TotalAmount=1), changed(order, AccountId=None), changed(order, PayLink_Status__c="Unknown"),
    )  # fmt: skip
    assert errors(rows) == [
        "", "ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY", "MISSING_ARGUMENT", "INVALID_FIELD_FOR_INSERT_UPDATE",
        "REQUIRED_FIELD_MISSING", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
    ]  # fmt: skip
    row = demo.row(order)
    assert row["PayLink_Paid_Amount__c"] == Decimal("99.50")
    assert row["PayLink_Paid_At__c"] == datetime(2026, 11, 23, 9, 1, 43, tzinfo=UTC)


def test_org_refuses_writes(demo: FakeSalesforce, client: Any) -> None:
    order = demo.place_order()
    write = changed(order, PayLink_Status__c="Paid")
    demo.lock_rows(1)
    assert errors(patch(client, "composite/sobjects", write, write)) == ["UNABLE_TO_LOCK_ROW", ""]
    demo.validation_rule("Order", "Ask Erika first")
    found = refused(lambda: client.Order.update(order, {"PoNumber": "1"}))
    assert found == "400 FIELD_CUSTOM_VALIDATION_EXCEPTION Ask Erika first"
    demo.validation_rule("Order", "")
    demo.forbid_activated()
    assert errors(patch(client, "composite/sobjects", write)) == ["INSUFFICIENT_ACCESS_OR_READONLY"]
    asked = "SELECT Id FROM PermissionSetAssignment WHERE PermissionSet.PermissionsEditActivatedOrders = true"
    assert client.query(asked)["totalSize"] == 0
    demo.deactivate(order)
    assert errors(patch(client, "composite/sobjects", write)) == [""]


def test_all_or_none(demo: FakeSalesforce, client: Any) -> None:
    order = demo.place_order()
    rows = patch(client, PAYMENTS, payment(order), payment(order, "2", Type__c="Gift"), whole=True)
    assert errors(rows) == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"]
    assert not demo.rows("PayLink_Payment__c")
    assert patch(client, PAYMENTS, payment(order), whole=True)[0]["created"]


def test_collections_that_are_refused_as_a_whole(demo: FakeSalesforce, client: Any) -> None:
    order = demo.place_order()
    many = [payment(order, str(number)) for number in range(201)]
    assert code(lambda: patch(client, PAYMENTS, *many)) == "400 EXCEEDED_ID_LIMIT"
    assert code(lambda: patch(client, PAYMENTS, many[0], payment(order, Amount__c="much"))) == "400 JSON_PARSER_ERROR"
    assert code(lambda: patch(client, PAYMENTS.replace("PayLink_Id__c", "Name"), many[0])) == "404 NOT_FOUND"
    assert len(patch(client, PAYMENTS, *many[:200])) == 200


def test_page_in_both_languages(demo: FakeSalesforce, client: Any, session: requests.Session) -> None:
    session.post(f"{demo.url}/page/orders?lang=de")
    (order,) = demo.rows("Order")
    demo.edit(order["Id"], PayLink_Status__c="Paid", TotalAmount="1200")
    patch(client, PAYMENTS, payment(order["Id"], Transaction_Ref__c="<t1>"))
    german = session.get(f"{demo.url}/", headers={"Accept-Language": "de-DE,de"})
    assert german.headers["Content-Security-Policy"]
    for text in ('lang="de"', "Aktiviert", "1.200,00 EUR", "PayLink: Bezahlt", "Zahlung: 12,50 EUR", "&lt;t1&gt;"):
        assert text in german.text
    english = session.get(f"{demo.url}/page/orders?lang=en").text
    assert all(text in english for text in ("Activated", "1,200.00 EUR", "PayLink: Paid", "Back to draft"))
    assert all(session.get(f"{demo.url}/page/page.{kind}").ok for kind in ("css", "js"))
    for action in ("change", "cancel", "cancel"):
        session.post(f"{demo.url}/page/orders/{order['Id']}/{action}")
    assert [(row["TotalAmount"], row["Status"]) for row in demo.rows("Order")] == [(Decimal("1211.90"), "Draft")]


def test_order_is_placed_from_outside(demo: FakeSalesforce, session: requests.Session) -> None:
    answer = session.post(f"{demo.url}/_sandbox/orders", json={"total": 12.5, "contact": None})
    row = demo.row(answer.json()["order_ref"])
    assert (answer.status_code, row["TotalAmount"], row["BillToContactId"]) == (201, Decimal("12.50"), None)
    assert demo.settings().keys() == {"url", "client_id", "client_secret", "currency", "pubsub_endpoint"}
