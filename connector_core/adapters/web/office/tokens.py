"""Secrets that stand in cookies and addresses: 256 random bits, of which the database knows the SHA-256 alone."""

import hashlib
import hmac
import secrets


def new_token() -> str:
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def csrf_token(token: str) -> str:
    """What a form of this session carries, so that no other site can send it."""
    return hmac.digest(token.encode(), b"csrf", "sha256").hex()


def same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
