"""Words with which a buyer steers our messages: recognised as a whole message only, then forgotten.

CANCEL, END and YES are no keywords: they collide with talk about an order (reference/messaging.md G).
"""

import re
import unicodedata

_WORDS = {
    "stop": "stop stopp stopall unsubscribe optout abmelden abbestellen arret desabonner baja parar detener alto "
    "disiscriviti stoppen afmelden 退订 td 取消订阅 停止",
    "start": "start unstop anmelden",
    "help": "help hilfe info aide ayuda 帮助",
}
_KEYWORD_OF = {word: keyword for keyword, words in _WORDS.items() for word in words.split()}
_BETWEEN = re.compile(r"[\s\W_]+")
_LONGEST = 40


def keyword_of(text: str) -> str:
    """``stop``, ``start``, ``help`` or empty. Case, accents, blanks and punctuation do not count."""
    if len(text) > _LONGEST:
        return ""
    plain = unicodedata.normalize("NFKD", text).casefold()
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return _KEYWORD_OF.get(_BETWEEN.sub("", letters), "")
