"""Services that tests need are private nodes, started here on free ports; a missing one skips at home, fails in CI."""

pytest_plugins = ["tests.services.postgres", "tests.services.rabbitmq"]
