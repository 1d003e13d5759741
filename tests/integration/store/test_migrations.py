"""The schema: what migrations make is what the code expects, and a failed one leaves the old (faults.md 23)."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from connector_core.adapters.store_sql import SqlStore, migrate_apart, schema
from connector_core.adapters.store_sql.alone import FileLock
from connector_core.adapters.store_sql.database import open_engine
from connector_core.adapters.store_sql.migrate import migrate
from connector_core.domain.errors import ConfigurationError
from connector_core.ports.store import StoreUnavailable
from connector_core.sandbox.world.daemon import free_port


def tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names())


def run(engine: Engine, statement: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement))


@pytest.fixture
def engine(store_url: str) -> Iterator[Engine]:
    opened = open_engine(store_url)
    yield opened
    opened.dispose()


def test_migrations_make_what_the_code_expects(engine: Engine) -> None:
    migrate(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []
        assert context.get_current_revision() == schema.NEWEST


def test_partial_indexes_are_partial(engine: Engine) -> None:
    """Alembic does not compare their conditions."""
    migrate(engine)
    with engine.connect() as connection:
        query = (
            "SELECT sql FROM sqlite_master WHERE name LIKE 'ix_%'"
            if connection.dialect.name == "sqlite"
            else "SELECT indexdef FROM pg_indexes WHERE indexname LIKE 'ix_%'"
        )
        made = [sql for sql in connection.execute(text(query)).scalars() if "WHERE" in sql]
    assert len(made) == 6


@pytest.mark.fault(23)
def test_a_second_migration_changes_nothing(engine: Engine) -> None:
    migrate(engine)
    run(engine, "INSERT INTO seen VALUES ('k', 0)")
    migrate(engine)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM seen")).scalar() == 1


@pytest.mark.fault(23)
def test_a_migration_that_fails_half_way_leaves_the_old_schema(engine: Engine) -> None:
    run(engine, "CREATE TABLE steps (mine INTEGER)")  # in the way of a table that is made late
    with pytest.raises(StoreUnavailable):
        migrate(engine)
    assert tables(engine) == {"steps"}
    run(engine, "DROP TABLE steps")
    migrate(engine)
    assert tables(engine) == {*schema.metadata.tables, "alembic_version"}


@pytest.mark.fault(23)
async def test_a_daemon_that_could_not_migrate_can_start_later(store_url: str, engine: Engine) -> None:
    run(engine, "CREATE TABLE steps (mine INTEGER)")
    failed = SqlStore(store_url)
    with pytest.raises(StoreUnavailable):
        await failed.open()
    run(engine, "DROP TABLE steps")
    store = SqlStore(store_url)
    await store.open()
    await store.check()
    await store.close()


async def test_the_schema_of_a_newer_version_is_left_alone(store_url: str, engine: Engine) -> None:
    migrate(engine)
    run(engine, "UPDATE alembic_version SET version_num = '9999'")
    store = SqlStore(store_url)
    with pytest.raises(ConfigurationError, match="newer") as refused:
        await store.open()
    assert refused.value.cure
    run(engine, f"UPDATE alembic_version SET version_num = '{schema.NEWEST}'")
    await store.close()


def test_migrating_apart_leaves_nothing_of_alembic_behind(engine: Engine) -> None:
    url = engine.url.render_as_string(hide_password=False)
    code = f"import sys; from connector_core.adapters.store_sql import migrate_apart as m; m({url!r})"
    loaded = "print([name for name in sys.modules if name.startswith('alembic')])"
    done = subprocess.run([sys.executable, "-c", f"{code}; {loaded}"], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
    assert tables(engine) == {*schema.metadata.tables, "alembic_version"}


def test_another_daemons_file_is_not_migrated_beside_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'paylink.db'}"
    other = FileLock(tmp_path / "paylink.db")
    other.take()
    migrate_apart(url)
    engine = open_engine(url)
    assert tables(engine) == set()
    engine.dispose()
    other.release()


def test_what_cannot_be_reached_is_left_for_the_start_itself() -> None:
    migrate_apart(f"postgresql://nobody@127.0.0.1:{free_port()}/none")


@pytest.mark.fault(23)
async def test_daemons_that_start_together_migrate_once(postgres_url: str) -> None:
    stores = [SqlStore(postgres_url) for _ in range(4)]
    await asyncio.gather(*(store.open() for store in stores))
    await asyncio.gather(*(store.check() for store in stores))
    await asyncio.gather(*(store.close() for store in stores))
