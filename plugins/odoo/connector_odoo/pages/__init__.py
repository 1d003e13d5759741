"""The orders, the colours and the sign of the demo Odoo's page."""
