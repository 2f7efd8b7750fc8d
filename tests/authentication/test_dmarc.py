"""DMARC as RFC 9989 has it: the tree walk, and what a policy means."""

import pytest

from pabal.authentication.dmarc import aligned, names_on_the_way, read_policy, walk
from servers.dns import SILENCE

NONE = "v=DMARC1; p=none"


def test_the_domains_own_record_governs_it(zone, lookups):
    """S18: RFC 9989 4.10.1."""
    zone.txt("_dmarc.shop.example", "v=DMARC1; p=quarantine; rua=mailto:d@shop.example")
    zone.txt("_dmarc.news.shop.example", "v=DMARC1; p=reject")
    found = walk("news.shop.example", lookups)
    assert (found.policy.domain, found.asked_for) == ("news.shop.example", "reject")
    assert found.organizational == "shop.example"


@pytest.mark.parametrize(
    ("tags", "exists", "asked_for"),
    [
        ("p=reject", True, "reject"),
        ("p=reject; sp=none", True, "none"),
        ("p=none; sp=quarantine; np=reject", True, "quarantine"),
        ("p=none; sp=quarantine; np=reject", False, "reject"),
        ("p=none; np=reject", True, "none"),
        ("p=reject; t=y", True, "quarantine"),
        ("p=quarantine; t=y", True, "none"),
        ("p=none; t=y", True, "none"),
        ("p=reject; pct=0", True, "reject"),
    ],
)
def test_a_subdomain_inherits(zone, lookups, tags, exists, asked_for):
    """S18: NXDOMAIN on _dmarc, and the organization's record with sp, np and t."""
    zone.txt("_dmarc.shop.example", f"v=DMARC1; {tags}")
    if exists:
        zone.a("news.shop.example", "192.0.2.1")
    found = walk("news.shop.example", lookups)
    assert (found.policy.domain, found.asked_for) == ("shop.example", asked_for)


def test_a_deep_name_takes_eight_questions(zone, lookups):
    """RFC 9989 B.4: the whole name, then its last seven labels, and so on to the root."""
    name = "a.b.c.d.e.f.g.h.i.j.k.example.com"
    zone.txt("_dmarc.example.com", NONE)
    assert walk(name, lookups).organizational == "example.com"
    assert names_on_the_way(name) == [
        name,
        "g.h.i.j.k.example.com",
        "h.i.j.k.example.com",
        "i.j.k.example.com",
        "j.k.example.com",
        "k.example.com",
        "example.com",
        "com",
    ]
    assert sum(name.startswith("_dmarc.") for name, _kind in zone.asked) == 8


@pytest.mark.parametrize("labels", range(1, 30))
def test_no_name_takes_more(labels):
    names = names_on_the_way(".".join(f"l{n}" for n in range(labels)))
    assert len(names) == min(labels, 8)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("records", "organizational"),
    [
        ({}, "mail.giant.bank.example"),
        ({"giant.bank.example": NONE}, "giant.bank.example"),
        ({"giant.bank.example": NONE, "example": NONE}, "example"),
        ({"giant.bank.example": f"{NONE}; psd=n", "bank.example": NONE}, "giant.bank.example"),
        ({"bank.example": f"{NONE}; psd=y", "example": NONE}, "giant.bank.example"),
        ({"mail.giant.bank.example": f"{NONE}; psd=y"}, "mail.giant.bank.example"),
        ({"mail.giant.bank.example": NONE, "giant.bank.example": NONE}, "giant.bank.example"),
        ({"bank.example": "v=DMARC1; p=none; psd=u"}, "bank.example"),
    ],
)
def test_the_organizational_domain(zone, lookups, records, organizational):
    """RFC 9989 4.10.2: psd=n, else one below psd=y, else the shortest name with a record."""
    for name, text in records.items():
        zone.txt(f"_dmarc.{name}", text)
    assert walk("mail.giant.bank.example", lookups).organizational == organizational


def test_several_records_count_as_none(zone, lookups):
    """RFC 9989 4.10: all of them are discarded, and the walk goes on."""
    zone.txt("_dmarc.news.shop.example", NONE, "v=DMARC1; p=reject")
    zone.txt("_dmarc.shop.example", "v=DMARC1; p=quarantine", "google-site-verification=x")
    found = walk("news.shop.example", lookups)
    assert found.several == ("news.shop.example",)
    assert found.policy.domain == "shop.example"


@pytest.mark.parametrize(
    "text",
    ["v=DMARC2; p=none", "p=none; v=DMARC1", " v=DMARC1; p=none", "v=dmarc1; p=none", "v=spf1"],
)
def test_what_does_not_begin_with_the_version_is_no_record(zone, lookups, text):
    zone.txt("_dmarc.shop.example", text)
    assert walk("shop.example", lookups).policy is None


def test_an_unanswered_question_ends_the_walk(zone, lookups):
    zone.trouble["_dmarc.shop.example"] = SILENCE
    found = walk("news.shop.example", lookups)
    assert found.unanswered.name == "_dmarc.shop.example"


@pytest.mark.parametrize(
    ("text", "p", "valid"),
    [
        ("v=DMARC1;p=none", "none", True),
        ("v = DMARC1 ; P = Reject ; ", "reject", True),
        ("v=DMARC1; p=rejekt", "", False),
        ("v=DMARC1; p=rejekt; rua=mailto:a@shop.example", "", True),
        ("v=DMARC1", "", False),
        ("v=DMARC1; p", "", False),
        ("v=DMARC1; p=none; p=reject", "none", True),
        ("v=DMARC1; p=none; \\xff=\\xfe; ;;=", "none", True),
    ],
)
def test_a_policy_is_read_as_far_as_it_can_be(text, p, valid):
    """RFC 9989 4.7: what is unreadable is ignored; without p= reports keep a record alive."""
    policy = read_policy("shop.example", text)
    assert (policy.p, policy.valid) == (p, valid)


def test_tags_that_are_of_dmarc_no_more_are_named():
    """S18: pct is gone."""
    policy = read_policy("shop.example", "v=DMARC1; p=reject; pct=50; ri=3600; fo=1")
    assert policy.left_behind == ("pct", "ri")


@pytest.mark.parametrize(
    ("one", "other", "strict", "expected"),
    [
        ("shop.example", "shop.example", True, True),
        ("bounce.shop.example", "shop.example", True, False),
        ("bounce.shop.example", "shop.example", False, True),
        ("bounce.shop.example", "news.shop.example", False, True),
        ("relay.example", "shop.example", False, False),
        ("myshop.example", "shop.example", False, False),
    ],
)
def test_alignment(zone, lookups, one, other, strict, expected):
    """S18: From's domain and the authenticated one are of one organization (RFC 9989 4.4)."""
    zone.txt("_dmarc.shop.example", NONE)
    assert aligned(one, other, strict=strict, lookups=lookups) is expected


def test_alignment_is_not_guessed(zone, lookups):
    zone.trouble["_dmarc.shop.example"] = SILENCE
    assert aligned("b.shop.example", "shop.example", strict=False, lookups=lookups) is None
    assert aligned("shop.example", "shop.example", strict=False, lookups=lookups) is True
