"""PayLink Connector: orders in, PayLinks out, payment status back."""
