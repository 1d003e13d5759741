"""What the back office asks of its list, with a million payment requests in it."""
