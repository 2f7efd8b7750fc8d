"""A package is made of parts that travel: shards of recipients, and a manifest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.campaigns import a_plan, a_recipient
from pabal.package.manifest import Manifest
from pabal.package.shards import from_shard, into_shards


@given(st.lists(st.dictionaries(st.text(min_size=1), st.text(), max_size=5), min_size=1))
def test_any_attribute_survives(people):
    """Line ends, quotes, commas, emoji and line separators in values do not break JSON Lines."""
    recipients = [a_recipient(number=n, attributes=values) for n, values in enumerate(people, 1)]
    (shard,) = into_shards(recipients)
    assert shard.count(b"\n") == len(recipients)
    assert from_shard(shard) == recipients


def test_a_manifest_of_another_format_is_refused():
    manifest = Manifest(plan=a_plan(), compiled="", recipients=0, shards=())
    with pytest.raises(ValueError, match="format 2"):
        Manifest.from_bytes(manifest.to_bytes().replace(b'"format": 1', b'"format": 2'))
