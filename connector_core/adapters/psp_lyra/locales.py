"""BCP 47 inside, Lyra's ``xx_XX`` outside."""

_BY_LANGUAGE = {
    "de": "de_DE",
    "en": "en_GB",
    "es": "es_ES",
    "fr": "fr_FR",
    "it": "it_IT",
    "ja": "ja_JP",
    "nl": "nl_NL",
    "pl": "pl_PL",
    "pt": "pt_BR",
    "ru": "ru_RU",
    "sv": "sv_SE",
    "tr": "tr_TR",
    "zh": "zh_CN",
}


def locale_of(language: str) -> str:
    """Lyra's locale for a BCP 47 language such as ``de-AT``; empty when there is none, so that the shop's applies."""
    return _BY_LANGUAGE.get(language.replace("_", "-").split("-")[0].lower(), "")
