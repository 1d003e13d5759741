"""Passwords cost the same to check, whether there is somebody or not."""

from connector_core.adapters.web.office import passwords


def test_a_password_fits_its_own_hash_alone() -> None:
    known = passwords.hashed("three words apart")
    assert passwords.fits(known, "three words apart")
    assert not passwords.fits(known, "three words together")


def test_nobodys_password_is_checked_by_the_settings_of_everybodys() -> None:
    assert not passwords._hasher.check_needs_rehash(passwords._NOBODYS)
    assert not passwords.fits("", "three words apart")
