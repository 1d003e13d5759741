"""The promise of the product on each broker and database: one link, one message, one receipt, one booking."""

from pathlib import Path

from tests.acceptance.world_run import assert_agree, run_world
from tests.services.rabbitmq import RabbitNode

ORDERS = 60


async def test_embedded_queue_and_sqlite(tmp_path: Path) -> None:
    assert_agree(await run_world(tmp_path, ORDERS), ORDERS)


async def test_rabbitmq_and_sqlite(tmp_path: Path, rabbitmq_own: RabbitNode) -> None:
    assert_agree(await run_world(tmp_path, ORDERS, broker=rabbitmq_own.url), ORDERS)


async def test_rabbitmq_and_postgresql(tmp_path: Path, rabbitmq_own: RabbitNode, postgres_url: str) -> None:
    assert_agree(await run_world(tmp_path, ORDERS, broker=rabbitmq_own.url, database=postgres_url), ORDERS)


async def test_orders_of_odoo(tmp_path: Path) -> None:
    assert_agree(await run_world(tmp_path, ORDERS, plugin="odoo"), ORDERS)
