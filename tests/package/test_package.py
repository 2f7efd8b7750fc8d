"""A package is made of parts that travel: shards of recipients, and a manifest."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.campaigns import a_plan, a_recipient
from pabal.domain.tracking import Tracking
from pabal.package.manifest import Manifest
from pabal.package.shards import from_shard, into_shards


@given(st.lists(st.dictionaries(st.text(min_size=1), st.text(), max_size=5), min_size=1))
def test_any_attribute_survives(people):
    """Line ends, quotes, commas, emoji and line separators in values do not break JSON Lines."""
    recipients = [a_recipient(number=n, attributes=values) for n, values in enumerate(people, 1)]
    (shard,) = into_shards(recipients)
    assert shard.count(b"\n") == len(recipients)
    assert from_shard(shard) == recipients


def test_who_objects_to_tracking_still_does_when_read():
    recipients = [a_recipient(number=n + 1, objects=n % 2 == 1) for n in range(4)]
    (shard,) = into_shards(recipients)
    assert from_shard(shard) == recipients


@pytest.mark.parametrize("tracking", list(Tracking))
def test_what_is_tracked_is_part_of_what_was_approved(tracking):
    manifest = Manifest(plan=a_plan(tracking=tracking), compiled="", recipients=0, shards=())
    assert Manifest.from_bytes(manifest.to_bytes()) == manifest
    untracked = Manifest(plan=a_plan(), compiled="", recipients=0, shards=())
    assert (manifest.digest == untracked.digest) == (tracking is Tracking.OFF)


def test_a_package_from_before_there_was_tracking_has_none():
    manifest = Manifest(plan=a_plan(), compiled="", recipients=0, shards=())
    before = json.loads(manifest.to_bytes())
    del before["plan"]["tracking"]
    assert Manifest.from_bytes(json.dumps(before).encode()) == manifest


def test_a_manifest_of_another_format_is_refused():
    manifest = Manifest(plan=a_plan(), compiled="", recipients=0, shards=())
    with pytest.raises(ValueError, match="format 2"):
        Manifest.from_bytes(manifest.to_bytes().replace(b'"format": 1', b'"format": 2'))
