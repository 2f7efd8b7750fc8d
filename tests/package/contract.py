"""What every PackageStore promises. An implementation is a subclass with fixtures:

store; left(campaign), which returns what is kept of it, by path; change(path, content), which
does so behind the store's back; nowhere, a store that cannot be written.
"""

import pytest

from builders.campaigns import a_plan, a_recipient
from pabal.package.errors import PackageChanged, PackageMissing, StoreUnavailable
from pabal.package.package import Package, write_package
from pabal.package.shards import SHARD_SIZE

FILES = ["compiled.json", "manifest.json", "recipients-000000.jsonl"]


def some_recipients(count):
    return [a_recipient(number=n + 1, attributes={"name": f"고객 {n}"}) for n in range(count)]


class StoreContract:
    def test_what_was_written_is_read_back(self, store):
        """Plan, template and every recipient come back equal, over the border of a shard."""
        plan, recipients = a_plan(), some_recipients(SHARD_SIZE + 3)
        manifest = write_package(store, plan, b"compiled", iter(recipients))
        package = Package(store, plan.id, manifest.digest)
        assert package.manifest == manifest
        assert package.manifest.plan == plan
        assert package.compiled() == b"compiled"
        assert list(package.recipients()) == recipients

    def test_a_recipient_is_found_by_position(self, store):
        recipients = some_recipients(SHARD_SIZE * 6)
        plan = a_plan()
        package = Package(store, plan.id, write_package(store, plan, b"", recipients).digest)
        for position in (0, SHARD_SIZE * 5, 1, SHARD_SIZE * 6 - 1, SHARD_SIZE):
            assert package.recipient(position) == recipients[position]

    def test_equal_content_makes_one_package_not_two(self, store, left):
        plan = a_plan()
        first = write_package(store, plan, b"x", some_recipients(2))
        second = write_package(store, plan, b"x", some_recipients(2))
        assert first.digest == second.digest
        assert Package(store, plan.id, first.digest).manifest == second
        assert left(plan.id) == [f"{first.digest}/{name}" for name in FILES]

    def test_a_changed_byte_is_refused(self, store, change):
        """What was approved is what is sent."""
        plan = a_plan()
        digest = write_package(store, plan, b"x", some_recipients(2)).digest
        shard = store.read(plan.id, digest, FILES[2])
        changed = shard.replace("고객 1".encode(), "고객 2".encode())
        change(plan.id, f"{digest}/{FILES[2]}", changed)
        with pytest.raises(PackageChanged, match="recipients-000000"):
            list(Package(store, plan.id, digest).recipients())
        change(plan.id, f"{digest}/manifest.json", b"{}")
        with pytest.raises(PackageChanged, match=r"manifest\.json"):
            Package(store, plan.id, digest)

    def test_a_missing_package_is_refused(self, store):
        with pytest.raises(PackageMissing):
            Package(store, a_plan().id, "0" * 64)

    def test_a_failing_audience_leaves_nothing_behind(self, store, left):
        def broken():
            yield a_recipient()
            raise RuntimeError("the database went away")

        plan = a_plan()
        with pytest.raises(RuntimeError):
            write_package(store, plan, b"x", broken())
        assert left(plan.id) == []

    def test_nobody_reads_a_draft(self, store):
        plan = a_plan()
        draft = store.draft(plan.id)
        draft.put("manifest.json", b"x")
        with pytest.raises(PackageMissing):
            store.read(plan.id, "0" * 64, "manifest.json")
        draft.seal("0" * 64)
        assert store.read(plan.id, "0" * 64, "manifest.json") == b"x"

    def test_a_place_that_cannot_be_written_is_said(self, nowhere):
        with pytest.raises(StoreUnavailable):
            write_package(nowhere, a_plan(), b"x", [])

    def test_pruning_keeps_the_one_that_counts_and_drafts(self, store):
        plan = a_plan()
        old = write_package(store, plan, b"old", some_recipients(1)).digest
        new = write_package(store, plan, b"new", some_recipients(1)).digest
        draft = store.draft(plan.id)
        draft.put("manifest.json", b"x")
        store.prune(plan.id, keep=new)
        assert Package(store, plan.id, new).compiled() == b"new"
        with pytest.raises(PackageMissing):
            Package(store, plan.id, old)
        draft.seal("1" * 64)
        assert store.read(plan.id, "1" * 64, "manifest.json") == b"x"

    def test_pruning_what_is_not_there_is_nothing(self, store):
        store.prune(a_plan().id, keep="")

    def test_an_empty_audience_makes_an_empty_package(self, store):
        manifest = write_package(store, a_plan(), b"x", [])
        assert (manifest.recipients, manifest.shards) == (0, ())
