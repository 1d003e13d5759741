"""The mapping of requests that people or API clients make."""
