"""SPF as the owner of a record has to see it: the whole tree, what it costs, what it means."""

from ipaddress import ip_address

import pytest
import spf as pyspf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pabal.authentication.lookups import Answer, Kind
from pabal.authentication.spf import SpfTrouble, read_spf, verdict
from pabal.authentication.spf_terms import Verdict
from servers.dns import SERVFAIL, SILENCE

OURS, OTHER = ip_address("192.0.2.10"), ip_address("198.51.100.1")


def troubles(record):
    return [(where.domain, term and term.text, what) for where, term, what in record.troubles()]


def test_a_sound_record_lets_its_servers_send_and_nobody_else(zone, lookups):
    zone.txt("shop.example", "v=spf1 ip4:192.0.2.10 ~all", "another text")
    record = read_spf("shop.example", lookups)
    assert (record.lookups, record.voids, troubles(record)) == (0, 0, [])
    assert verdict(record, OURS) is Verdict.PASS
    assert verdict(record, OTHER) is Verdict.SOFTFAIL


def test_the_tree_is_counted_term_by_term(zone, lookups):
    """S17: include, a, mx, ptr, exists and redirect count, wherever they stand."""
    zone.txt("shop.example", "v=spf1 a mx include:relay.example ip4:192.0.2.0/24 -all")
    zone.txt("relay.example", "v=spf1 a:one.relay.example include:deep.example ~all")
    zone.txt("deep.example", "v=spf1 exists:%{i}.deep.example ptr redirect=last.example")
    zone.txt("last.example", "v=spf1 ip6:2001:db8::/32 -all")
    zone.a("shop.example", "192.0.2.1").mx("shop.example", "shop.example")
    zone.a("one.relay.example", "192.0.2.2")
    record = read_spf("shop.example", lookups)
    assert [(term.text, term.lookups) for term in record.terms] == [
        ("a", 1),
        ("mx", 1),
        ("include:relay.example", 6),
        ("ip4:192.0.2.0/24", 0),
        ("-all", 0),
    ]
    assert record.lookups == 8
    assert not record.broken
    assert verdict(record, OURS) is Verdict.UNSURE  # the macro and ptr may match before


def test_twelve_includes_are_too_many_and_all_of_them_are_shown(zone, lookups):
    """S17: at most ten terms that ask; a chain of 12 includes is a permerror."""
    for n in range(12):
        below = f"include:i{n + 1}.example" if n < 11 else "ip4:192.0.2.10"
        zone.txt(f"i{n}.example", f"v=spf1 {below} -all")
    zone.txt("shop.example", "v=spf1 include:i0.example -all")
    record = read_spf("shop.example", lookups)
    assert record.lookups == 12
    assert record.exceeds
    assert len(list(record.all_terms())) == 13 * 2
    assert verdict(record, OURS) is Verdict.BROKEN


def test_ten_are_allowed(zone, lookups):
    """S17."""
    zone.a("host.example", "192.0.2.10")
    zone.txt("shop.example", f"v=spf1 {'a:host.example ' * 10}-all")
    record = read_spf("shop.example", lookups)
    assert (record.lookups, record.exceeds) == (10, False)
    assert verdict(record, OURS) is Verdict.PASS


def test_three_void_lookups_are_too_many(zone, lookups):
    """S17: at most two that are answered with nothing."""
    zone.txt("shop.example", "v=spf1 a:no1.example a:no2.example ip4:192.0.2.10 -all")
    record = read_spf("shop.example", lookups)
    assert (record.voids, record.exceeds) == (2, False)
    zone.txt("other.example", "v=spf1 a:no1.example mx:no2.example exists:no3.example -all")
    record = read_spf("other.example", lookups)
    assert (record.voids, record.exceeds, record.broken) == (3, True, True)


@pytest.mark.parametrize(
    ("texts", "trouble"),
    [
        ([], SpfTrouble.MISSING),
        (["v=spf10 -all", " v=spf1 -all", "v=spf1"[:5]], SpfTrouble.MISSING),
        (["v=spf1 -all", "V=SPF1 ~all"], SpfTrouble.SEVERAL),
    ],
)
def test_there_is_exactly_one_record(zone, lookups, texts, trouble):
    """RFC 7208 4.5: none is none, two are a permerror; the version ends with a space."""
    zone.txt("shop.example", *texts, "something else")
    assert read_spf("shop.example", lookups).trouble is trouble


@pytest.mark.parametrize(
    "term",
    [
        "ip4", "ip4:", "ip4:192.0.2", "ip4:192.0.2.1/33", "ip4:192.0.2.1/024", "ip4:2001:db8::1",
        "ip6:192.0.2.1", "ip6:2001:db8::/129", "include", "include:", "include:localhost",
        "include:a.example/24", "exists", "a:", "a:x.example/33", "mx//129", "a/", "all:x", "alll",
        "ptr/24", "redirect=", "redirect=a.example redirect=b.example", "foo", "foo:bar",
        "include:%{z}.example", "include:a%b.example", "\xff", "한국", "-", "ip4:192.0.2.1\\", "=x",
        "-all ip4:nonsense",
    ],
)  # fmt: skip
def test_a_term_that_is_wrong_breaks_the_record(zone, lookups, term):
    """RFC 7208 4.6: the whole of it is read first."""
    zone.a("x.example", "192.0.2.1")
    zone.txt("shop.example", f"v=spf1 {term} ip4:192.0.2.10 -all")
    record = read_spf("shop.example", lookups)
    assert SpfTrouble.SYNTAX in [trouble for *_, trouble in record.troubles()]
    assert verdict(record, OURS) is Verdict.BROKEN


@pytest.mark.parametrize(
    "text",
    [
        "v=spf1  ip4:192.0.2.10   -all ", "V=SPF1 IP4:192.0.2.10 -ALL", "v=spf1 +ip4:192.0.2.0/24",
        "v=spf1 -all foo=bar".replace("-all", "ip4:192.0.2.10 -all"),
        "v=spf1 a:host.example/24 -all", "v=spf1 a:host.example//64 -all", "v=spf1 mx -all",
        "v=spf1 redirect=other.example", "v=spf1 redirect=none.example ip4:192.0.2.10 ?all",
        "v=spf1 include:other.example -all", "v=spf1 exists:host.example -all",
        "v=spf1 -include:soft.example include:other.example -all", "v=spf1 all",
        "v=spf1 -ip4:192.0.2.11 ip4:192.0.2.8/29 -all", "v=spf1 ip4:192.0.2.10 exp=e.example -all",
    ],
)  # fmt: skip
def test_what_is_allowed_passes(zone, lookups, text):
    zone.a("host.example", "192.0.2.10").mx("shop.example", "host.example")
    zone.txt("other.example", "v=spf1 ip4:192.0.2.10 -all").txt("soft.example", "v=spf1 ~all")
    zone.txt("shop.example", text)
    record = read_spf("shop.example", lookups)
    assert troubles(record) == []
    assert verdict(record, OURS) is Verdict.PASS


@pytest.mark.parametrize(
    "term", ["include:shop.example", "include:b.example", "redirect=b.example"]
)
def test_a_circle_is_found(zone, lookups, term):
    zone.txt("shop.example", f"v=spf1 {term}").txt("b.example", "v=spf1 include:shop.example -all")
    record = read_spf("shop.example", lookups)
    assert [what for *_, what in record.troubles()] == [SpfTrouble.LOOP]
    assert record.broken


def test_an_include_without_a_record_breaks_the_one_above(zone, lookups):
    """RFC 7208 5.2."""
    zone.txt("shop.example", "v=spf1 include:gone.example ip4:192.0.2.10 -all")
    record = read_spf("shop.example", lookups)
    assert troubles(record) == [("gone.example", None, SpfTrouble.MISSING)]
    assert (record.voids, verdict(record, OURS)) == (1, Verdict.BROKEN)


def test_more_than_ten_exchangers_break_it(zone, lookups):
    """RFC 7208 4.6.4."""
    zone.mx("shop.example", *[f"m{n}.example" for n in range(11)])
    zone.txt("shop.example", "v=spf1 mx -all")
    record = read_spf("shop.example", lookups)
    assert troubles(record) == [("shop.example", "mx", SpfTrouble.MANY_HOSTS)]


@pytest.mark.parametrize("what", [SERVFAIL, SILENCE])
def test_what_is_not_answered_is_not_judged(zone, lookups, what):
    zone.txt("shop.example", "v=spf1 include:relay.example ip4:192.0.2.10 -all")
    zone.trouble["relay.example"] = what
    record = read_spf("shop.example", lookups)
    assert record.unanswered
    assert not record.broken
    assert verdict(record, OTHER) is Verdict.UNSURE


def test_a_tree_without_end_is_not_walked_to_it(zone, lookups):
    """Each of 40 names includes 40 others."""
    wide = "v=spf1 " + " ".join(f"include:w{n}.example" for n in range(40)) + " -all"
    for n in range(40):
        zone.txt(f"w{n}.example", wide)
    record = read_spf("w0.example", lookups)
    assert record.exceeds
    assert SpfTrouble.NOT_WALKED in [what for *_, what in record.troubles()]
    assert zone.asked.total() <= 41


def test_a_record_of_64_kilobytes_is_read_in_time(zone, lookups):
    zone.txt("shop.example", "v=spf1 " + "ip4:192.0.2.10 " * 4_000 + "-all")
    record = read_spf("shop.example", lookups)
    assert len(record.terms) == 4_001


# Held against pyspf, which judges one address at a time


class Names:
    """The same records for both, without a server: hundreds of trees."""

    def __init__(self, texts):
        self.records = {(name, Kind.TXT): text for name, text in texts.items()}
        self.records["host.example", Kind.A] = "192.0.2.10"
        self.records["host.example", Kind.MX] = "host.example"

    def ask(self, name, kind):
        found = self.records.get((name, kind))
        return Answer(name=name, kind=kind, records=(found,) if found else ())

    def texts(self, name):
        return self.ask(name, Kind.TXT)

    def addresses(self, name):
        return self.ask(name, Kind.A), self.ask(name, Kind.AAAA)

    def for_pyspf(self, name, qtype, *_args, **_kwargs):
        if qtype not in Kind.__members__:
            return []
        name = name.rstrip(".").lower()
        found = self.ask(name, Kind[qtype]).records
        as_theirs = {"TXT": lambda text: (text.encode(),), "MX": lambda host: (10, host)}
        return [((name, qtype), as_theirs.get(qtype, str)(each)) for each in found]


NAMES = [f"n{n}.example" for n in range(4)]
hosts = st.sampled_from([*NAMES, "host.example", "gone.example"])
terms = st.one_of(
    st.builds("{}{}:{}".format, st.sampled_from(["", "-", "~", "?"]), st.just("include"), hosts),
    st.builds("{}a:{}{}".format, st.sampled_from(["", "-"]), hosts, st.sampled_from(["", "/24"])),
    st.builds("mx:{}".format, st.just("host.example")),
    st.builds("exists:{}".format, hosts),
    st.sampled_from(["ip4:192.0.2.0/28", "-ip4:198.51.100.0/24", "ip4:1.2", "ip6:2001:db8::1"]),
    st.sampled_from(["all", "-all", "~all", "?all"]),
    st.builds("redirect={}".format, hosts),
)


def record_of(name):
    """pyspf calls a record broken that names itself, even behind “all” where nobody looks."""
    others = st.lists(terms, max_size=6).map(lambda them: [t for t in them if name not in t])
    return others.map(lambda them: " ".join(["v=spf1", *them]))


trees = st.fixed_dictionaries({name: record_of(name) for name in NAMES})


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(trees, st.sampled_from([OURS, OTHER]))
def test_another_implementation_says_the_same(texts, address):
    """Where a tree is sound, pyspf comes to the same verdict; where pyspf errs, so do we."""
    names = Names(texts)
    record = read_spf(NAMES[0], names)
    theirs = pyspf_says(names, address)
    ours = verdict(record, address)
    if theirs == "permerror":
        assert ours is Verdict.BROKEN, texts
    elif ours is not Verdict.BROKEN:  # they stop at the first match, before what is wrong
        assert ours.value == theirs, texts


def pyspf_says(names, address):
    before, pyspf.DNSLookup = pyspf.DNSLookup, names.for_pyspf
    try:
        return pyspf.check2(str(address), f"x@{NAMES[0]}", "helo.example")[0]
    finally:
        pyspf.DNSLookup = before
