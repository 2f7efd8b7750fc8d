"""`pabal sender`, `list` and `topic`: who mails are from, who they go to, and what about."""

import click

from pabal.cli.command import command, open_workshop
from pabal.cli.errors import GoodsInUse
from pabal.cli.language import _
from pabal.cli.lookup import find_list
from pabal.cli.output import Output
from pabal.domain.address import parse_address
from pabal.pipeline.local.wiring import wall_clock

commands = click.Group()
sender = click.Group("sender", help=_("Who mails are from."))
lists = click.Group("list", help=_("Who mails go to."))
commands.add_command(sender)
commands.add_command(lists)
topics = click.Group("topic", help=_("What mails are about; subscribers choose."))
commands.add_command(topics)


@command(sender, "add", _("Add a sender identity: everything that the law wants in a mail."))
@click.option("--name", required=True, help=_("Display name in From."))
@click.option("--address", required=True, help=_("Address in From."))
@click.option("--company", required=True, help=_("The sender's legal name."))
@click.option("--postal-address", required=True, help=_("Postal address."))
@click.option("--phone", required=True, help=_("Telephone number."))
@click.option("--contact", required=True, help=_("E-mail address for questions."))
@click.option("--reply-to", default="", help=_("Where answers go, if not to From."))
@click.option("--bounce-domain", default="", help=_("Domain of the envelope sender."))
def add_sender(output: Output, contact: str, **fields: str) -> None:
    open_workshop()
    from pabal.console.campaigns.drafting import add_sender_identity

    identity = add_sender_identity(fields | {"contact_email": parse_address(contact).wire})
    output.say(_("Sender {number}: {sender}").format(number=identity.pk, sender=identity))
    output.result({"sender": identity.pk, "name": identity.name, "address": identity.address})


@command(sender, "list", _("Show the sender identities."))
def list_senders(output: Output) -> None:
    open_workshop()
    from pabal.console.campaigns.models import SenderIdentity

    rows = [
        (each.pk, each.name, each.address, each.company)
        for each in SenderIdentity.objects.order_by("pk")
    ]
    output.table(["#", _("Name"), _("Address"), _("Company")], rows)
    output.result(
        [
            {"sender": pk, "name": name, "address": address, "company": company}
            for pk, name, address, company in rows
        ]
    )


@command(lists, "add", _("Add a list."))
@click.argument("name")
@click.option("--description", default="", help=_("What its subscribers read about it."))
@click.option("--goods", default="", help=_("The kind of goods that its mails advertise."))
def add_list(output: Output, name: str, description: str, goods: str) -> None:
    open_workshop()
    from pabal.console.campaigns.drafting import add_list as add

    added = add(name, description, goods=goods, now=wall_clock())
    output.say(_("List {number}: {name}").format(number=added.pk, name=added.name))
    output.result({"list": added.pk, "name": added.name})


@command(lists, "goods", _("Say which kind of goods a list's mails advertise."))
@click.argument("list_name", metavar="LIST")
@click.argument("goods")
def say_goods(output: Output, list_name: str, goods: str) -> None:
    open_workshop()
    found = find_list(list_name)
    bought = found.memberships.filter(transaction_ended_at__isnull=False)
    if goods != found.goods and bought.exists():
        raise GoodsInUse(name=found.name, goods=found.goods)
    found.goods = goods
    found.save(update_fields=["goods"])
    output.say(_("List {name} advertises: {goods}").format(name=found.name, goods=goods))
    output.result({"list": found.pk, "name": found.name, "goods": goods})


@command(lists, "sign-up", _("Let anybody ask to be on a list, at a page of its own; or no more."))
@click.argument("list_name", metavar="LIST")
@click.argument("state", type=click.Choice(["on", "off"]))
def sign_up(output: Output, list_name: str, state: str) -> None:
    workshop = open_workshop()
    from django.urls import reverse

    found = find_list(list_name)
    found.takes_sign_ups = state == "on"
    found.save(update_fields=["takes_sign_ups"])
    url = f"{workshop.settings.public_url}{reverse('public:join', args=[found.identifier])}"
    if found.takes_sign_ups:
        output.say(_("Anybody may sign up at {url}").format(url=url))
        output.say(_("For a form of your own, on any page:"))
        output.say(_FORM.format(url=url, button=_("Sign up")))
    else:
        output.say(_("{name} takes no sign-ups.").format(name=found.name))
    output.result({"list": found.pk, "takes_sign_ups": found.takes_sign_ups, "url": url})


# What is typed there is asked for again, with the consents, on the list's own page.
_FORM = """\
<form method="post" action="{url}">
  <input type="email" name="email" required>
  <button>{button}</button>
</form>"""


@command(lists, "show", _("Show the lists."))
def show_lists(output: Output) -> None:
    open_workshop()
    from pabal.console.audience.models import List, Membership

    rows = [
        (
            each.pk,
            each.name,
            each.memberships.filter(status=Membership.Status.SUBSCRIBED.value).count(),
        )
        for each in List.objects.order_by("pk")
    ]
    output.table(["#", _("Name"), _("Subscribers") + "#"], rows)
    output.result([{"list": pk, "name": name, "subscribers": count} for pk, name, count in rows])


@command(topics, "add", _("Add a topic."))
@click.argument("name")
@click.option("--description", default="", help=_("What subscribers read about it."))
def add_topic(output: Output, name: str, description: str) -> None:
    open_workshop()
    from pabal.console.campaigns.drafting import add_topic as add

    added = add(name, description)
    output.say(_("Topic {number}: {name}").format(number=added.pk, name=added.name))
    output.result({"topic": added.pk, "name": added.name})


@command(topics, "show", _("Show the topics."))
def show_topics(output: Output) -> None:
    open_workshop()
    from pabal.console.audience.models import Topic

    rows = [(each.pk, each.name, each.description) for each in Topic.objects.order_by("pk")]
    output.table(["#", _("Name"), _("Description")], rows)
    output.result([{"topic": pk, "name": name, "description": text} for pk, name, text in rows])
