"""The public pages that the function `public` shows: short, without scripts, in two languages."""

import gettext
from collections.abc import Callable
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
       background: #f5f6f8; color: #1c2330; }
main { max-width: 32rem; margin: 10vh auto; padding: 2rem; background: #fff;
       border-radius: .5rem; }
h1 { font-size: 1.4rem; margin-top: 0; word-break: keep-all; overflow-wrap: anywhere; }
button { font: inherit; padding: .7rem 1.2rem; margin: .3rem .5rem .3rem 0;
         border: 1px solid #1f4fa3; border-radius: .4rem; background: #1f4fa3; color: #fff;
         cursor: pointer; }
button.second { background: #fff; color: #1f4fa3; }
</style>
</head>
<body><main><h1>$title</h1>$content</main></body>
</html>
""")
_FORM = Template('<p>$text</p><form method="post">$buttons</form>')
_BUTTON = Template('<button name="action" value="$action" class="$kind">$label</button>')


def language_of(accepted: str) -> str:
    """Choose by Accept-Language; Korean where it names neither (RFC 9110 12.5.4)."""
    wanted = [part.partition(";")[0].strip()[:2].lower() for part in accepted.split(",")]
    return next((each for each in wanted if each in ("ko", "en")), "ko")


def ask(language: str, address: str) -> str:
    """Whether they want to leave."""
    _ = _translator(language)
    text = _("{address} will get no more mail from this list.").format(address=address)
    return _page(language, _("Unsubscribe?"), _form(text, ("leave", "", _("Unsubscribe"))))


def choose(language: str, address: str) -> str:
    """What to leave: the list of the mail, or everything."""
    _ = _translator(language)
    return _page(
        language,
        _("What would you like to receive?"),
        _form(
            address,
            ("leave", "", _("Nothing more from this list")),
            ("leave everything", "second", _("Nothing more at all")),
        ),
    )


def has_left(language: str) -> str:
    _ = _translator(language)
    return _page(language, _("You are unsubscribed."), _text(_("You get no more mail from us.")))


def not_valid(language: str) -> str:
    _ = _translator(language)
    remedy = _("Open the link again from the mail, or answer the mail and ask to be removed.")
    return _page(language, _("This link is not valid."), _text(remedy))


def try_again(language: str) -> str:
    _ = _translator(language)
    return _page(
        language,
        _("This did not work."),
        _text(_("Please try it again in a minute.")),
    )


def _page(language: str, title: str, content: str) -> str:
    return _PAGE.substitute(language=language, title=escape(title), content=content)


def _form(text: str, *buttons: tuple[str, str, str]) -> str:
    shown = "".join(
        _BUTTON.substitute(action=escape(action), kind=kind, label=escape(label))
        for action, kind, label in buttons
    )
    return _FORM.substitute(text=escape(text), buttons=shown)


def _text(text: str) -> str:
    return f"<p>{escape(text)}</p>"


@cache
def _translations(language: str) -> gettext.NullTranslations:
    home = Path(str(resources.files("pabal"))) / "locale"
    return gettext.translation("django", home, [language], fallback=True)


def _translator(language: str) -> Callable[[str], str]:
    return _translations(language).gettext
