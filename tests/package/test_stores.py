"""The stores keep the contract: directories, and a bucket of S3."""

from itertools import count

import boto3
import pytest

from builders.campaigns import a_plan
from pabal.package.errors import BucketUnavailable
from pabal.package.package import Package, write_package
from pabal.package.s3 import open_s3_store
from pabal.package.store import DirectoryStore
from package.contract import StoreContract, some_recipients
from servers.ministack import start_ministack

_numbers = count(1)


class TestDirectories(StoreContract):
    @pytest.fixture
    def store(self, tmp_path):
        return DirectoryStore(tmp_path / "packages")

    @pytest.fixture
    def left(self, tmp_path):
        def left(campaign):
            home = tmp_path / "packages" / campaign
            return sorted(str(p.relative_to(home)) for p in home.rglob("*") if p.is_file())

        return left

    @pytest.fixture
    def change(self, tmp_path):
        return lambda campaign, path, content: (
            tmp_path / "packages" / campaign / path
        ).write_bytes(content)

    @pytest.fixture
    def nowhere(self, tmp_path):
        (tmp_path / "file").write_text("in the way")
        return DirectoryStore(tmp_path / "file")


@pytest.fixture
def on_s3(emulator, monkeypatch):
    for name, value in emulator.environment("s3").items():
        monkeypatch.setenv(name, value)


class TestS3(StoreContract):
    @pytest.fixture
    def client(self, on_s3):
        return boto3.client("s3")

    @pytest.fixture
    def bucket(self, client):
        name = f"packages-{next(_numbers)}"
        where = {"LocationConstraint": "ap-northeast-2"}
        client.create_bucket(Bucket=name, CreateBucketConfiguration=where)
        return name

    @pytest.fixture
    def store(self, bucket):
        return open_s3_store(bucket)

    @pytest.fixture
    def left(self, client, bucket):
        def left(campaign):
            home = f"packages/{campaign}/"
            found = client.list_objects_v2(Bucket=bucket, Prefix=home).get("Contents", [])
            return [each["Key"].removeprefix(home) for each in found]

        return left

    @pytest.fixture
    def change(self, client, bucket):
        return lambda campaign, path, content: client.put_object(
            Bucket=bucket, Key=f"packages/{campaign}/{path}", Body=content
        )

    @pytest.fixture
    def nowhere(self, on_s3):
        return open_s3_store("nowhere-to-be-found")

    def test_everything_is_encrypted(self, store, client, bucket):
        plan = a_plan()
        digest = write_package(store, plan, b"x", some_recipients(1)).digest
        key = store.key(plan.id, digest, "recipients-000000.jsonl")
        assert client.head_object(Bucket=bucket, Key=key)["ServerSideEncryption"] == "AES256"

    def test_a_key_of_our_own_encrypts_where_one_is_named(self, bucket, client):
        store, plan = open_s3_store(bucket, kms_key="alias/pabal"), a_plan()
        digest = write_package(store, plan, b"x", []).digest
        found = client.head_object(Bucket=bucket, Key=store.key(plan.id, digest, "manifest.json"))
        assert found["ServerSideEncryption"] == "aws:kms"

    def test_more_files_than_one_request_removes(self, store, left):
        draft = store.draft(a_plan().id)
        for number in range(1_005):
            draft.put(f"recipients-{number:06d}.jsonl", b"")
        draft.discard()
        assert left(a_plan().id) == []


def test_a_region_that_is_gone_is_waited_for(monkeypatch):
    with start_ministack() as emulator:
        for name, value in emulator.environment("s3").items():
            monkeypatch.setenv(name, value)
        where = {"LocationConstraint": "ap-northeast-2"}
        boto3.client("s3").create_bucket(Bucket="gone", CreateBucketConfiguration=where)
        store, plan = open_s3_store("gone"), a_plan()
        digest = write_package(store, plan, b"x", some_recipients(1)).digest
        emulator.process.kill()
        emulator.process.wait()
        with pytest.raises(BucketUnavailable):
            Package(store, plan.id, digest)
