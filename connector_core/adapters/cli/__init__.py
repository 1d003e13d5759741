"""The command `paylink`: one file a command. German where the terminal speaks German, English elsewhere."""
