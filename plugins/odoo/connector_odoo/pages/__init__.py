"""The page of the demo Odoo."""
