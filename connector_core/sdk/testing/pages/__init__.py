"""Templates, style and script that the pages of all fakes share."""
