"""The orders, the colours and the sign of the demo shop's page."""
