"""One order in a thread: requests with a session per thread, one committed row on a connection per thread."""

import threading
from typing import Any

import psycopg
import requests

from benchmarks.order_job.peers import job

_own = threading.local()


def handle(order: dict[str, Any]) -> None:
    if not hasattr(_own, "session"):
        _own.session = requests.Session()
        _own.database = psycopg.connect(job.DATABASE, autocommit=True)
    asked = job.job_of(order)
    link = job.link_of(_post(job.PSP_URL, job.psp_ask(asked)))
    message = job.message_of(_post(job.MESSENGER_URL, job.message_ask(asked, link)))
    _own.database.execute(job.INSERT, (asked.reference, link, message))


def _post(url: str, ask: dict[str, Any]) -> dict[str, Any]:
    answer = _own.session.post(url, json=ask, timeout=15)
    answer.raise_for_status()
    content: dict[str, Any] = answer.json()
    return content
