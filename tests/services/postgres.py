"""A private PostgreSQL."""
