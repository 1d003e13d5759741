"""`templates.md`: the message templates to make at Meta."""

from collections.abc import Sequence
from itertools import groupby

from connector_core.adapters.channels.texts import BODY_LINK_SUFFIX, TemplateText, amount_text, sample_templates
from connector_core.domain.message import Purpose
from connector_core.domain.money import Money
from scripts.docs_of.markdown import code, page, table

PAY_URL_BASE = "https://secure.lyra.com/t/"
_LINK = f"{PAY_URL_BASE}3m94qazq"
_SENT_WHEN = {
    Purpose.PAYLINK: "the PayLink is made",
    Purpose.REMINDER: "a PayLink ended before its time and was replaced",
    Purpose.CHANGED: "the order was edited",
    Purpose.CANCELLED: "not sent yet",
    Purpose.RECEIPT: "the buyer has paid",
}
"""A test compares which of them the flow sends."""
_INTRODUCTION = f"""
A buyer who has not written first can only be sent a text from a template that Meta has approved. Make these in the
WhatsApp Manager under *Message templates*, with exactly these names, texts and variables; the approval can take a day.
`paylink check` then compares them: with `pay_url_base` the button variants, without it the `{BODY_LINK_SUFFIX}`
variants, and those without a link.

- **Category**: Utility, for all. Add nothing promotional, else Meta files and bills the template as Marketing.
- **Languages**: German (`de`) and English (`en`). The buyer gets their own language, else English, else the first of
  `languages` in [settings](settings.md). For another language make all templates in it, and add it there.
- **Variables**: numbered, as they stand in the text. Meta asks for a sample of each; take those below.
- **Names of your own**: set `templates`; the variant with the link in the text is the same name with
  `{BODY_LINK_SUFFIX}`.

## With a button, or with the link in the text

The address of a button is fixed when Meta approves it; only its end may change. Look at a PayLink of your PSP account
(`paylink orders show`):

- All begin alike, say `{PAY_URL_BASE}`: set `pay_url_base` to that. Make both variants, because a link
  that once begins otherwise goes out by the `{BODY_LINK_SUFFIX}` variant.
- They do not: leave `pay_url_base` empty and make the `{BODY_LINK_SUFFIX}` variants only.

The templates without a link are needed in both cases.
"""


def templates_page() -> str:
    texts = sample_templates(PAY_URL_BASE)
    named = [(name, list(group)) for name, group in groupby(texts, key=lambda text: text.name)]
    by_name: dict[str, list[TemplateText]] = {}
    for name, group in named:
        by_name.setdefault(name, []).extend(group)
    return page("Message templates", _INTRODUCTION, _overview(by_name), _samples(), *map(_section, by_name.values()))


def _overview(by_name: dict[str, list[TemplateText]]) -> str:
    rows = [
        [code(name), "button" if texts[0].button_text else "text" if name.endswith(BODY_LINK_SUFFIX) else "none",
         _SENT_WHEN[_purpose(name)]]
        for name, texts in by_name.items()
    ]  # fmt: skip
    return "## All templates\n\n" + table(("name", "link", "sent when"), rows)


def _purpose(name: str) -> Purpose:
    plain = name.removesuffix(BODY_LINK_SUFFIX)
    return Purpose(plain.removeprefix("paylink_"))


def _samples() -> str:
    rows = [
        ["`{{1}}`", "the shop's `name`", _values("en")[0]],
        ["`{{2}}`", "the order's reference", _values("en")[1]],
        ["`{{3}}`", "the amount, written as in the language", f"{_values('de')[2]} (de), {_values('en')[2]} (en)"],
        ["`{{4}}`", f"the PayLink, in the `{BODY_LINK_SUFFIX}` variants", _LINK],
        ["button `{{1}}`", "what follows the button's fixed address", _LINK.removeprefix(PAY_URL_BASE)],
    ]
    return "## Variables\n\n" + table(("variable", "what it is", "sample"), rows)


def _section(texts: Sequence[TemplateText]) -> str:
    return "\n\n".join([f"## {texts[0].name}", *map(_one, texts)])


def _one(text: TemplateText) -> str:
    parts = [f"**{text.language}**, {text.category}. Body:", f"```text\n{text.body}\n```"]
    if text.button_text:
        parts.append(f"Button: *Visit website*, text `{text.button_text}`, dynamic address `{text.button_url}`.")
    return "\n\n".join(parts)


def _values(language: str) -> tuple[str, str, str, str]:
    return "Weinhaus Mosel", "1042", amount_text(Money(8990, "EUR"), language), _LINK
