"""`paylink audit verify`, as an administrator runs it."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from connector_core.adapters.cli.main import app
from connector_core.adapters.store_sql import SqlPeople, SqlStore
from tests.integration.store.test_people import noted, unguarded


def told(result: Result) -> str:
    return " ".join(result.output.split())


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("PAYLINK_DATABASE", f"sqlite:///{tmp_path}/paylink.db")
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(app, ["audit", "verify", *arguments])


@pytest.fixture
def write(tmp_path: Path) -> Callable[[Callable[[SqlStore], Awaitable[None]]], None]:
    async def once(work: Callable[[SqlStore], Awaitable[None]]) -> None:
        store = SqlStore(f"sqlite:///{tmp_path}/paylink.db", daemon=False)
        await store.open()
        await work(store)
        await store.close()

    return lambda work: asyncio.run(once(work))


@pytest.mark.fault(73)
def test_a_trail_as_it_was_written(run: Callable[..., Result], write: Callable[..., None]) -> None:
    assert run().exit_code == 0
    write(lambda store: noted(SqlPeople(store), 3))
    first = run()
    known = first.output.split()[-1]
    assert (first.exit_code, known[:2]) == (0, "3:")
    write(lambda store: noted(SqlPeople(store), 3))
    assert run("--known", known).exit_code == 0


@pytest.mark.fault(73)
def test_a_trail_that_was_changed_or_written_anew(run: Callable[..., Result], write: Callable[..., None]) -> None:
    write(lambda store: noted(SqlPeople(store), 3))
    known = run().output.split()[-1]
    write(lambda store: unguarded(store, "DELETE FROM audit WHERE seq = 3"))
    cut = run()
    assert cut.exit_code == 1
    assert "3" in told(cut)
    write(lambda store: noted(SqlPeople(store), 1))
    assert run().exit_code == 0, "the end was noted anew, which only a note kept elsewhere shows"
    assert run("--known", known).exit_code == 1
    assert run("--known", "7:abc").exit_code == 1
    assert run("--known", "abc").exit_code == 1
