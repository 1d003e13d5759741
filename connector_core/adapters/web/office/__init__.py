"""The back office: what the merchant's people see and do in the browser."""
