"""Signatures of webhooks, against the published example and against a verification of its own."""

import base64
from datetime import UTC, datetime, timedelta

from connector_core.domain.ids import ShopId
from connector_core.domain.webhook import Endpoint, EndpointId
from connector_core.domain.webhook_signature import new_secret, signatures
from tests.services.webhook_receiver import Received

NOW = datetime(2026, 11, 26, tzinfo=UTC)
DAY = timedelta(hours=24)


def test_the_published_example_of_standard_webhooks() -> None:
    made = signatures(
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def received(secrets: list[str], body: bytes = b'{"a": "\xc3\xa4"}') -> Received:
    signature = signatures(secrets, "id", 1, body)
    return Received({"webhook-id": "id", "webhook-timestamp": "1", "webhook-signature": signature}, body)


def test_either_secret_of_a_rotation_verifies_and_no_other() -> None:
    new, old, other = new_secret(), new_secret(), new_secret()
    one = received([new, old])
    assert one.signed_by(new)
    assert one.signed_by(old)
    assert not one.signed_by(other)
    assert not Received(one.headers, one.body + b" ").signed_by(new)
    assert not Received({**one.headers, "webhook-timestamp": "2"}, one.body).signed_by(new)


def test_a_secret_is_long_and_new_each_time() -> None:
    assert len({new_secret() for _ in range(100)}) == 100
    assert new_secret().startswith("whsec_")
    assert len(base64.b64decode(new_secret().removeprefix("whsec_"), validate=True)) == 32


def test_the_old_secret_is_valid_until_its_end() -> None:
    one = Endpoint(
        EndpointId("e"), ShopId("s"), "https://a.example/", (), "new", NOW, "anna", NOW,
        old_secret="old", old_until=NOW + DAY,
    )  # fmt: skip
    assert one.secrets(NOW + DAY - timedelta(seconds=1)) == ("new", "old")
    assert one.secrets(NOW + DAY) == ("new",)
