"""The API for programs: payment requests as JSON over HTTP."""
