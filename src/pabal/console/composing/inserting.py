"""What may be put into a mail beside words: what is known of each reader, and links for them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pabal.console.audience.attributes import AttributeType, KnownAttribute, known_attributes


@dataclass(frozen=True, slots=True, kw_only=True)
class Insertable:
    """text: of the template. example: what a reader may see there; "" where it is plain."""

    label: str | Promise
    text: str
    example: str = ""


_OF_THE_LAW = (
    Insertable(
        label=_("Link for unsubscribing"),
        text=(
            '<a href="{{ unsubscribe_url }}">수신거부</a> '
            '<a href="{{ unsubscribe_url }}">unsubscribe</a>'
        ),
    ),
    Insertable(
        label=_("Link to the preferences"), text='<a href="{{ preferences_url }}">수신 설정</a>'
    ),
    Insertable(
        label=_("Link to the mail in a browser"),
        text='<a href="{{ web_view_url }}">브라우저에서 보기</a>',
    ),
    Insertable(label=_("Company of the sender"), text="{{ sender.company }}"),
    Insertable(label=_("Postal address of the sender"), text="{{ sender.postal_address }}"),
    Insertable(label=_("Telephone of the sender"), text="{{ sender.phone }}"),
    Insertable(label=_("E-mail of the sender"), text="{{ sender.contact_email }}"),
)


def of_readers() -> Sequence[Insertable]:
    """Return what is known of subscribers; each has a way out for those of whom it is not."""
    return [_insertable(each) for each in known_attributes()]


def of_everybody() -> Sequence[Insertable]:
    return _OF_THE_LAW


def _insertable(attribute: KnownAttribute) -> Insertable:
    name = attribute.name
    if attribute.type is AttributeType.NUMBER:
        text = f"{{{{ {name} | default(0) | comma }}}}"
    elif attribute.type is AttributeType.DATE:
        text = f"{{% if {name} | default('') %}}{{{{ {name} | date }}}}{{% endif %}}"
    elif name == "name":
        text = "{{ name | default('고객') }}"
    else:
        text = f"{{{{ {name} | default('') }}}}"
    return Insertable(label=name, text=text, example=next(iter(attribute.examples), ""))
