"""The public pages that the function `public` shows: short, without scripts, in two languages."""

import gettext
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib import resources
from pathlib import Path
from string import Template

_PAGE = Template("""\
<!DOCTYPE html>
<html lang="$language">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
body { font-family: system-ui, "Noto Sans KR", sans-serif; line-height: 1.6; margin: 0;
       background: #f5f6f8; color: #1c2330; word-break: keep-all; overflow-wrap: anywhere; }
main { max-width: 32rem; margin: 10vh auto; padding: 2rem; background: #fff;
       border-radius: .5rem; }
h1 { font-size: 1.4rem; margin-top: 0; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
button { font: inherit; padding: .7rem 1.2rem; margin: .3rem .5rem .3rem 0;
         border: 1px solid #1f4fa3; border-radius: .4rem; background: #1f4fa3; color: #fff;
         cursor: pointer; }
footer { color: #5b6577; font-size: .85rem; margin-top: 2rem; }
button.second { background: #fff; color: #1f4fa3; }
</style>
</head>
<body><main><h1>$title</h1>$content<footer>$foot</footer></main></body>
</html>
""")
_BUTTON = Template('<button name="action" value="$action" class="$kind">$label</button>')


def language_of(accepted: str) -> str:
    """Choose by Accept-Language; Korean where it names neither (RFC 9110 12.5.4)."""
    wanted = [part.partition(";")[0].strip()[:2].lower() for part in accepted.split(",")]
    return next((each for each in wanted if each in ("ko", "en")), "ko")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """For whom a page is, and what of.

    leaves: the name of the list that a mail's link leaves; "" where it leaves everything.
    sender: lines about who sent it; empty where nobody knows any more.
    """

    language: str
    address: str
    leaves: str
    sender: tuple[str, ...]


def ask(reader: Reader) -> str:
    """Whether they want to leave."""
    _ = _translator(reader.language)
    if reader.leaves:
        text = _("%(email)s will get no more mail from “%(list)s”.") % _named(reader)
    else:
        text = _("{address} will get no more mail from us.").format(address=reader.address)
    leave = _button("leave", _in_both(reader.language, "Unsubscribe"))
    return _page(reader.language, _("Unsubscribe?"), _text(text) + _form(leave), reader.sender)


def choose(reader: Reader, *, has_left: bool, is_recorded: bool, objects: bool) -> str:
    """What to leave: the list of the mail, or everything; and whether anything is recorded.

    is_recorded: opens or clicks of this mail are, unless they object.
    """
    _ = _translator(reader.language)
    buttons: list[str] = []
    content = _text(reader.address)
    if has_left:
        content = _text(_("%(email)s gets no more mail from “%(list)s”.") % _named(reader))
    elif reader.leaves:
        label = _("Nothing more from “{list}”").format(list=reader.leaves)
        buttons.append(_button("leave", label))
    buttons.append(_button("leave everything", _("Unsubscribe from everything"), kind="second"))
    content += _form(*buttons)
    if objects or is_recorded:
        content += f"<h2>{escape(_('What is recorded'))}</h2>"
    if objects:
        content += _text(
            _("We do not record whether you open our mails or what you click in them.")
        )
    elif is_recorded:
        label = _("Do not record whether I open mails or what I click.")
        content += _form(_button("object", label, kind="second"))
        content += _text(_("What was recorded before is deleted."))
    return _page(reader.language, _("What would you like to receive?"), content, reader.sender)


def has_left(reader: Reader, *, everything: bool) -> str:
    _ = _translator(reader.language)
    text = _("You get no more mail from us.")
    if reader.leaves and not everything:
        text = _("%(email)s gets no more mail from “%(list)s”.") % _named(reader)
    return _page(reader.language, _("You are unsubscribed."), _text(text), reader.sender)


def not_valid(language: str) -> str:
    _ = _translator(language)
    remedy = _("Open the link again from the mail, or answer the mail and ask to be removed.")
    return _page(language, _("This link is not valid."), _text(remedy))


def gone(language: str) -> str:
    _ = _translator(language)
    remedy = _("Look for it in your mail program.")
    return _page(language, _("This mail is no longer kept."), _text(remedy))


def try_again(language: str) -> str:
    _ = _translator(language)
    return _page(
        language,
        _("This did not work."),
        _text(_("Please try it again in a minute.")),
    )


def _page(language: str, title: str, content: str, sender: tuple[str, ...] = ()) -> str:
    foot = "<br>".join(map(escape, sender))
    return _PAGE.substitute(language=language, title=escape(title), content=content, foot=foot)


def _form(*buttons: str) -> str:
    return f'<form method="post">{"".join(buttons)}</form>'


def _button(action: str, label: str, *, kind: str = "") -> str:
    return _BUTTON.substitute(action=escape(action), kind=kind, label=escape(label))


def _text(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def _named(reader: Reader) -> dict[str, str]:
    return {"email": reader.address, "list": reader.leaves}


def _in_both(language: str, text: str) -> str:
    """Name the way out in Korean and English (정보통신망법 시행령 별표 6)."""
    other = {"ko": "en", "en": "ko"}[language]
    return f"{_translator(language)(text)} ({_translator(other)(text)})"


def _translator(language: str) -> Callable[[str], str]:
    return _translations(language).gettext


@cache
def _translations(language: str) -> gettext.NullTranslations:
    home = Path(str(resources.files("pabal"))) / "locale"
    return gettext.translation("django", home, [language], fallback=True)
