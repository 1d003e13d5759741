"""The same work with ever more orders stored: 10^3, 10^4, 10^5, 10^6."""
