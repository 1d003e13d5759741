import pytest

from connector_core.adapters.channels.languages import language_chain


@pytest.mark.parametrize(
    ("wanted", "offered", "chain"),
    [
        ("de-AT", ("de", "en"), ("de", "en")),
        ("de-AT", ("en", "de", "de_AT"), ("de_AT", "de", "en")),
        ("de", ("en_US", "de_DE"), ("de_DE", "en_US")),
        ("fr-FR", ("de", "en_GB"), ("en_GB", "de")),
        ("fr", ("de", "it"), ("de",)),
        ("zh-Hant-TW", ("en", "zh_CN", "zh_TW"), ("zh_TW", "zh_CN", "en")),
        ("EN_us", ("de", "en", "en_US"), ("en_US", "en", "de")),
        ("", ("de", "en"), ("en", "de")),
    ],
)
def test_the_nearest_language_comes_first_and_english_behind_it(
    wanted: str, offered: tuple[str, ...], chain: tuple[str, ...]
) -> None:
    assert language_chain(wanted, offered) == chain
