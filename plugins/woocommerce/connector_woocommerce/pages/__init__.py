"""Templates, style and script of the demo shop."""
