"""Values only: what an order, a payment request, a PayLink, a message and a payment are. No I/O, no imports of ours."""
