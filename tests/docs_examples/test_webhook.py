"""The page's way to verify a webhook takes what we sign, and nothing else."""

import runpy
import time
from collections.abc import Callable

from connector_core.domain.webhook_signature import new_secret, signatures
from tests.docs_examples.conftest import EXAMPLES

BODY = b'{"type": "payment.captured.v1"}'
verify: Callable[[dict[str, str], bytes, str], bool] = runpy.run_path(str(EXAMPLES / "verify_webhook.py"))["verify"]


def signed(*secrets: str, at: float = 0) -> dict[str, str]:
    timestamp = int(at or time.time())
    return {
        "webhook-id": "e1",
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signatures(secrets, "e1", timestamp, BODY),
    }


def test_either_secret_verifies() -> None:
    new, old = new_secret(), new_secret()
    assert verify(signed(new, old), BODY, new)
    assert verify(signed(new, old), BODY, old)


def test_nothing_else_does() -> None:
    secret = new_secret()
    headers = signed(secret)
    assert not verify(headers, BODY + b" ", secret)
    assert not verify(headers, BODY, new_secret())
    assert not verify({**headers, "webhook-id": "e2"}, BODY, secret)
    assert not verify(signed(secret, at=time.time() - 400), BODY, secret)
