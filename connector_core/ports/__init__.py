"""What the core needs from outside, as small Protocols named for the need."""
