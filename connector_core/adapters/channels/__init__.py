"""Messengers: what carries a PayLink to the buyer's phone."""
