"""The same job for us and for what a developer would use instead: an order event in, a PayLink on the phone."""
