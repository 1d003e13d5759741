"""RabbitMQ behind the broker port: the only home of pika."""

from connector_core.adapters.rabbitmq.broker import RabbitBroker
from connector_core.adapters.rabbitmq.dead_letters import RabbitDeadLetters
from connector_core.adapters.rabbitmq.topology import Topology

__all__ = ["RabbitBroker", "RabbitDeadLetters", "Topology"]
