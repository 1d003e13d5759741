"""A private RabbitMQ."""
