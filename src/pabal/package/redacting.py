"""A package without some of its recipients: whoever is erased goes, the places stay."""

from collections.abc import Collection, Iterator
from dataclasses import replace

from pabal.domain.address import restore_address
from pabal.domain.recipient import Recipient
from pabal.package.manifest import Manifest
from pabal.package.package import Package, write_package
from pabal.package.store import PackageStore

_NOBODY = restore_address("erased@nobody.invalid")  # RFC 2606 2: nobody can ever have it


def names_any(package: Package, keys: Collection[str]) -> bool:
    """Whether a package still says something about somebody (Recipient.key)."""
    return any(_is_to_go(recipient, keys) for recipient in package.recipients())


def redact(store: PackageStore, package: Package, keys: Collection[str]) -> Manifest:
    """Write the package again with places that name nobody; durable on return.

    It has a digest of its own. The one before is left for the caller to prune.
    """
    plan = package.manifest.plan
    compiled, *alternatives = map(package.compiled, range(len(package.manifest.templates)))
    return write_package(store, plan, compiled, _redacted(package, keys), alternatives=alternatives)


def _redacted(package: Package, keys: Collection[str]) -> Iterator[Recipient]:
    for recipient in package.recipients():
        if _is_to_go(recipient, keys):
            yield replace(recipient, address=_NOBODY, attributes={})
        else:
            yield recipient


def _is_to_go(recipient: Recipient, keys: Collection[str]) -> bool:
    return recipient.key in keys and recipient.address.wire != _NOBODY.wire
