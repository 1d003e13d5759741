import pytest

from connector_core.mapping.language import language_tag


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("de", "de"),
        ("DE", "de"),
        ("de_DE", "de-DE"),
        ("de-at", "de-AT"),
        ("de_DE_formal", "de-DE"),
        ("pt_PT_ao90", "pt-PT"),
        ("zh_hant_TW", "zh-Hant-TW"),
        ("sr_RS@latin", "sr-RS"),
        ("en_US.UTF-8", "en-US"),
        ("es-419", "es-419"),
        (" fr ", "fr"),
    ],
)
def test_tags_become_canonical(text: str, tag: str) -> None:
    assert language_tag(text) == tag
    assert language_tag(tag) == tag


@pytest.mark.parametrize("value", ["", "d", "german", "49", "de DE", "C", None, 5, ["de"], True])
def test_what_is_no_language(value: object) -> None:
    assert language_tag(value) == ""
