"""Only keys with which verifiers will accept a signature are taken."""

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from pabal.message.dkim import DkimKey, Signing, load_key
from pabal.message.errors import DkimKeyRefused

EXPONENT = 65537


def an_rsa_key(bits: int = 1024) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=EXPONENT, key_size=bits)


def a_key_of_known_primes(one: int, other: int) -> rsa.RSAPrivateKey:
    """Of two Mersenne primes: sizes that the library would not make, or only slowly."""
    p, q = 2**one - 1, 2**other - 1
    d = pow(EXPONENT, -1, (p - 1) * (q - 1))
    numbers = rsa.RSAPrivateNumbers(
        p=p,
        q=q,
        d=d,
        dmp1=rsa.rsa_crt_dmp1(d, p),
        dmq1=rsa.rsa_crt_dmq1(d, q),
        iqmp=rsa.rsa_crt_iqmp(p, q),
        public_numbers=rsa.RSAPublicNumbers(EXPONENT, p * q),
    )
    return numbers.private_key(unsafe_skip_rsa_key_validation=True)


def the_pem(key, form: PrivateFormat = PrivateFormat.PKCS8, password: bytes | None = None) -> bytes:
    lock = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, form, lock)


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_an_rsa_key_is_read(form: PrivateFormat) -> None:
    key = an_rsa_key()
    read = load_key(the_pem(key, form).decode())
    assert the_pem(read) == the_pem(key)


def test_an_ed25519_key_is_read() -> None:
    """RFC 8463."""
    key = ed25519.Ed25519PrivateKey.generate()
    assert the_pem(load_key(the_pem(key))) == the_pem(key)


@pytest.mark.parametrize(("one", "other", "bits"), [(607, 127, 734), (2203, 3217, 5420)])
def test_an_rsa_key_that_verifiers_need_not_accept_is_refused(
    one: int, other: int, bits: int
) -> None:
    """S15, RFC 8301 3.2: 1024 to 4096."""
    with pytest.raises(DkimKeyRefused, match=f"this one has {bits}"):
        a_dkim_key(a_key_of_known_primes(one, other))


def test_a_short_rsa_key_is_refused_when_read() -> None:
    """S15."""
    with pytest.raises(DkimKeyRefused, match="this one has 734"):
        load_key(the_pem(a_key_of_known_primes(607, 127)))


def test_the_size_tells_a_weak_key() -> None:
    """S15, RFC 8301 3.2: below 2048 is allowed, and SHOULD NOT be."""
    keys = [an_rsa_key(1024), an_rsa_key(2048), ed25519.Ed25519PrivateKey.generate()]
    assert [a_dkim_key(key).rsa_bits for key in keys] == [1024, 2048, None]


def a_dkim_key(key) -> DkimKey:
    return DkimKey(domain="shop.example", selector="autumn", private_key=key)


@pytest.mark.parametrize("size", [1024, 1025, 1030])
def test_every_signature_by_a_key_is_of_the_same_length(size: int) -> None:
    key = a_dkim_key(an_rsa_key(size))
    lengths = {len(key.sign(bytes([n]) * 32)) for n in range(20)}
    assert lengths == {key.signature_octets}


@pytest.mark.parametrize(
    "pem",
    ["", "no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "\x00가"],
)
def test_what_is_no_key_is_refused(pem: str) -> None:
    with pytest.raises(DkimKeyRefused, match="PEM"):
        load_key(pem)


def test_a_key_of_another_kind_is_refused() -> None:
    """S15: receivers know RSA and Ed25519."""
    with pytest.raises(DkimKeyRefused, match="neither"):
        load_key(the_pem(ec.generate_private_key(ec.SECP256R1())))


def test_a_key_with_a_password_is_refused() -> None:
    with pytest.raises(DkimKeyRefused, match="password"):
        load_key(the_pem(an_rsa_key(), password=b"secret"))


def test_a_public_key_is_refused() -> None:
    with pytest.raises(DkimKeyRefused, match="PEM"):
        load_key(the_public_pem())


def the_public_pem() -> bytes:
    public = an_rsa_key().public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize(
    "domain",
    ["", "localhost", "Shop.example", "shop.example.", "한국.kr", "a.b; l=0", "a.b\r\nX: y"],
)
def test_a_domain_that_cannot_be_in_the_dns_is_refused(domain: str) -> None:
    """S2: nobody adds a tag or a header by way of a name, either."""
    with pytest.raises(DkimKeyRefused, match="domain"):
        DkimKey(domain=domain, selector="s", private_key=an_rsa_key())


@pytest.mark.parametrize("selector", ["", "a b", "a;", ".a", "a..b", "a\n", "가", "-a", "a" * 64])
def test_a_selector_that_cannot_be_in_the_dns_is_refused(selector: str) -> None:
    with pytest.raises(DkimKeyRefused, match="selector"):
        DkimKey(domain="shop.example", selector=selector, private_key=an_rsa_key())


def test_a_selector_may_have_dots_and_any_case() -> None:
    """RFC 6376 3.1."""
    key = DkimKey(domain="shop.example", selector="S1.autumn", private_key=an_rsa_key())
    assert key.dns_name == "S1.autumn._domainkey.shop.example"


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
def test_the_record_to_publish_is_read_by_a_verifier(kind: str) -> None:
    """RFC 6376 3.6.1, RFC 8463 4.2."""
    private = an_rsa_key() if kind == "rsa" else ed25519.Ed25519PrivateKey.generate()
    record = a_dkim_key(private).dns_record.encode()
    _, bits, read_kind, _ = dkim.evaluate_pk("name", record)
    assert read_kind == kind.encode()
    assert bits == (1024 if kind == "rsa" else 256)


def test_two_keys_cannot_be_published_at_one_place() -> None:
    """RFC 8463 5: two signatures need two selectors."""
    keys = (a_dkim_key(an_rsa_key()), a_dkim_key(ed25519.Ed25519PrivateKey.generate()))
    with pytest.raises(DkimKeyRefused, match=r"autumn\._domainkey\.shop\.example"):
        Signing(keys=keys)


def test_signing_without_a_key_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="without a key"):
        Signing(keys=())
