"""A package is what was approved: read back whole, or refused."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.campaigns import a_plan, a_recipient
from pabal.domain.tracking import Tracking
from pabal.package.errors import PackageChanged, PackageMissing, StoreUnavailable
from pabal.package.manifest import Manifest
from pabal.package.package import Package, write_package
from pabal.package.shards import SHARD_SIZE, from_shard, into_shards
from pabal.package.store import DirectoryStore


def some_recipients(count):
    return [a_recipient(number=n + 1, attributes={"name": f"고객 {n}"}) for n in range(count)]


@pytest.fixture
def store(tmp_path):
    return DirectoryStore(tmp_path / "packages")


def test_what_was_written_is_read_back(store):
    """Plan, template and every recipient come back equal, over the border of a shard."""
    plan, recipients = a_plan(), some_recipients(SHARD_SIZE + 3)
    manifest = write_package(store, plan, b"compiled", iter(recipients))
    package = Package(store, plan.id, manifest.digest)
    assert package.manifest == manifest
    assert package.manifest.plan == plan
    assert package.compiled() == b"compiled"
    assert list(package.recipients()) == recipients


def test_a_recipient_is_found_by_position(store):
    recipients = some_recipients(SHARD_SIZE * 6)
    plan = a_plan()
    package = Package(store, plan.id, write_package(store, plan, b"", recipients).digest)
    for position in (0, SHARD_SIZE * 5, 1, SHARD_SIZE * 6 - 1, SHARD_SIZE):
        assert package.recipient(position) == recipients[position]


def test_equal_content_has_an_equal_digest(store):
    """Preparing twice makes one package, not two."""
    plan = a_plan()
    first = write_package(store, plan, b"x", some_recipients(2))
    second = write_package(store, plan, b"x", some_recipients(2))
    assert first.digest == second.digest
    assert Package(store, plan.id, first.digest).manifest == second


def test_a_changed_byte_is_refused(store, tmp_path):
    """What was approved is what is sent."""
    plan = a_plan()
    digest = write_package(store, plan, b"x", some_recipients(2)).digest
    home = tmp_path / "packages" / plan.id / digest
    shard = home / "recipients-000000.jsonl"
    shard.write_bytes(shard.read_bytes().replace("고객 1".encode(), "고객 2".encode()))
    with pytest.raises(PackageChanged, match="recipients-000000"):
        list(Package(store, plan.id, digest).recipients())
    (home / "manifest.json").write_bytes(b"{}")
    with pytest.raises(PackageChanged, match=r"manifest\.json"):
        Package(store, plan.id, digest)


def test_a_missing_package_is_refused(store):
    with pytest.raises(PackageMissing):
        Package(store, a_plan().id, "0" * 64)


def test_a_failing_audience_leaves_nothing_behind(store, tmp_path):
    def broken():
        yield a_recipient()
        raise RuntimeError("the database went away")

    plan = a_plan()
    with pytest.raises(RuntimeError):
        write_package(store, plan, b"x", broken())
    assert list((tmp_path / "packages" / plan.id).iterdir()) == []


def test_a_place_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreUnavailable):
        write_package(DirectoryStore(tmp_path / "file"), a_plan(), b"x", [])


def test_pruning_keeps_the_one_that_counts(store, tmp_path):
    plan = a_plan()
    old = write_package(store, plan, b"old", some_recipients(1)).digest
    new = write_package(store, plan, b"new", some_recipients(1)).digest
    store.prune(plan.id, keep=new)
    assert Package(store, plan.id, new).compiled() == b"new"
    with pytest.raises(PackageMissing):
        Package(store, plan.id, old)


def test_an_empty_audience_makes_an_empty_package(store):
    plan = a_plan()
    manifest = write_package(store, plan, b"x", [])
    assert (manifest.recipients, manifest.shards) == (0, ())


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


def test_the_store_lives_in_directories(store, tmp_path: Path):
    plan = a_plan()
    manifest = write_package(store, plan, b"x", some_recipients(1))
    names = sorted(
        path.name for path in (tmp_path / "packages" / plan.id / manifest.digest).iterdir()
    )
    assert names == ["compiled.json", "manifest.json", "recipients-000000.jsonl"]
