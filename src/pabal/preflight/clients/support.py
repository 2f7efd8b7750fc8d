"""What mail clients show: the data of caniemail.com, as far as it is vendored here.

caniemail.json is made by requirements/caniemail.py and tells its date; its licence lies beside it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_NAMES = {
    "gmail": "Gmail",
    "outlook": "Outlook",
    "apple-mail": "Apple Mail",
    "samsung-email": "Samsung Email",
}
_PLATFORMS = {"windows": "Windows", "macos": "macOS", "ios": "iOS", "android": "Android"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """A feature that at least one client does not show.

    slug, title: as caniemail.com calls it; its page is at /features/SLUG.
    missing_in: families of clients, each with the platforms on which it is not shown.
    """

    slug: str
    title: str
    missing_in: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """updated: the day of the data. by_use: what clients.features calls a feature, to it."""

    updated: str
    by_use: Mapping[str, Feature]


@cache
def support() -> Support:
    data = json.loads(files(__package__ or "").joinpath("caniemail.json").read_bytes())
    clients = [(_NAMES[family], platform) for family, platform in data["clients"]]
    by_use: dict[str, Feature] = {}
    for slug, title, known_by, letters in data["features"]:
        missing = _missing(clients, letters)
        feature = Feature(slug=slug, title=title, missing_in=missing)
        by_use |= dict.fromkeys(known_by, feature)
    return Support(updated=data["updated"], by_use=by_use)


def _missing(clients: list[tuple[str, str]], letters: str) -> dict[str, tuple[str, ...]]:
    """“n” alone counts: what is shown in part, or not known, is not held against a mail."""
    missing: dict[str, tuple[str, ...]] = {}
    for (family, platform), letter in zip(clients, letters, strict=True):
        if letter == "n":
            name = _PLATFORMS.get(platform, "web")
            missing[family] = tuple(dict.fromkeys((*missing.get(family, ()), name)))
    return missing
