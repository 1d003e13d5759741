"""Mapping documents for Odoo."""
