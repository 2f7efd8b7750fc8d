"""Renews what preflight knows of mail clients: `npm pack caniemail`, then this with its file.

    python requirements/caniemail.py caniemail-2.0.2.tgz

Of the data (github.com/hteumeuleu/caniemail, MIT) it keeps the clients that matter here, each
feature's support in the latest version that was tested, and how the feature is known in a mail.
What the site names in words that no program can read is left out.
"""

import json
import re
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
TARGET = HERE.parent / "src" / "pabal" / "preflight" / "clients" / "caniemail.json"
CLIENTS = {
    "gmail": ("desktop-webmail", "ios", "android"),
    "outlook": ("windows", "outlook-com", "macos", "ios", "android"),
    "apple-mail": ("macos", "ios"),
    "samsung-email": ("android",),
}
# Titles that are prose, or that stand for more than they say.
_BY_HAND = {
    "css-variables": ["function var"],
    "css-grid-template": ["property grid-template-columns", "property grid-template-rows"],
    "css-column-layout-properties": ["property columns", "property column-gap"],
    "css-modern-color": ["function lch", "function oklch", "function lab", "function oklab"],
    "css-unit-calc": ["function calc"],
    "css-display": [],
    "css-important": [],
    "css-comments": [],
    "css-nesting": [],
    "css-sytem-ui": [],
    "css-intrinsic-size": ["value fit-content", "value min-content", "value max-content"],
    "css-pseudo-class-lang": ["pseudo lang"],
    "html-image-maps": ["element map"],
    "html-svg": ["element svg"],
    "html-form": ["element form"],
    "html-srcset": ["attribute srcset"],
    "html-semantics": [],
    "html-lists": [],
    "image-base64": [],
    "image-apng": [],
    "image-hdr": [],
    "image-heif": ["image heic", "image heif"],
    "image-jpg": ["image jpg", "image jpeg"],
    "image-tiff": ["image tif", "image tiff"],
}


def main(archive: Path) -> None:
    with tarfile.open(archive) as pack:
        data = json.load(_member(pack, "package/data/caniemail.json"))
        licence = _member(pack, "package/LICENSE").read().decode()
    features = list(_features(data["data"]))
    kept = {
        "source": "https://www.caniemail.com, github.com/hteumeuleu/caniemail",
        "licence": "MIT",
        "updated": data["last_update_date"][:10],
        "clients": [[family, platform] for family, platform in _clients()],
        "features": features,
    }
    lines = json.dumps(kept, ensure_ascii=False, separators=(",", ":")).replace('],["', '],\n["')
    TARGET.write_text(lines + "\n", encoding="utf-8")
    TARGET.with_suffix(".licence").write_text(licence.strip() + "\n", encoding="utf-8")
    print(f"{len(features)} of {len(data['data'])} features, of {kept['updated']}")


def _member(pack: tarfile.TarFile, name: str) -> Any:
    file = pack.extractfile(name)
    if file is None:
        raise SystemExit(f"the archive has no {name}")
    return file


def _clients() -> Iterator[tuple[str, str]]:
    return ((family, each) for family, platforms in CLIENTS.items() for each in platforms)


def _features(told: list[dict[str, Any]]) -> Iterator[list[Any]]:
    """Slug, title, how it is known, and a letter a client: y, n, a (in part) or u (unknown)."""
    for feature in told:
        known_by = _BY_HAND.get(feature["slug"], _known_by(feature))
        support = "".join(_latest(feature["stats"], *client) for client in _clients())
        if known_by and "n" in support:
            yield [feature["slug"], feature["title"].strip(), known_by, support]


def _latest(stats: dict[str, dict[str, dict[str, str]]], family: str, platform: str) -> str:
    versions = list(stats.get(family, {}).get(platform, {}).values())
    return versions[-1][0] if versions else "u"


def _known_by(feature: dict[str, Any]) -> list[str]:
    title, category = feature["title"].strip(), feature["category"]
    if category == "image":
        return [f"image {feature['slug'].removeprefix('image-')}"]
    return _known_in_html(title) if category == "html" else _known_in_css(title)


def _known_in_html(title: str) -> list[str]:
    if match := re.fullmatch(r"<([a-z]+)>(?: element)?", title):
        return [f"element {match[1]}"]
    if match := re.fullmatch(r'<(input|button) type="([a-z]+)"> element', title):
        return [f"element {match[1]} {match[2]}"]
    if match := re.fullmatch(r"([a-z-]+) attribute", title):
        return [f"attribute {match[1]}"]
    return []


def _known_in_css(title: str) -> list[str]:
    if match := re.fullmatch(r"@media \(([a-z-]+)\).*", title):
        return [f"media {match[1]}"]
    if match := re.fullmatch(r"@([a-z-]+)", title):
        return [f"rule {match[1]}"]
    if match := re.fullmatch(r"::?([a-z-]+)(?:\(\))?", title):
        return [f"pseudo {match[1]}"]
    if match := re.fullmatch(r"([a-z-]+)\(\)", title):
        return [f"function {match[1]}"]
    if match := re.fullmatch(r"([a-z]+) unit", title):
        return [f"unit {match[1]}"]
    if match := re.fullmatch(r"([a-z-]+): ?([a-z-]+)", title):
        return [f"declaration {match[1]}:{match[2]}"]
    plain = re.sub(r" (?:property|shorthand|properties|CSS property)$", "", title)
    names = re.split(r", | & ", plain)
    return [f"property {name}" for name in names if re.fullmatch(r"[a-z-]+", name)]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
