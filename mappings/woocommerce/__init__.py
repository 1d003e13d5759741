"""Mapping documents for WooCommerce."""
