"""A package: written once, read with every byte checked against its digest."""

from collections.abc import Iterable, Iterator, Sequence

from pabal.domain.campaign import CampaignPlan
from pabal.domain.identity import CampaignId
from pabal.domain.recipient import Recipient
from pabal.package.errors import PackageChanged
from pabal.package.manifest import MANIFEST, Manifest, compiled_name, content_digest
from pabal.package.shards import SHARD_SIZE, from_shard, into_shards, shard_name
from pabal.package.store import PackageStore


def write_package(
    store: PackageStore,
    plan: CampaignPlan,
    compiled: bytes,
    recipients: Iterable[Recipient],
    *,
    alternatives: Sequence[bytes] = (),
) -> Manifest:
    """Freeze a campaign; durable on return. Recipients are streamed.

    alternatives: the compiled templates of further variants, from 1.
    Raises StoreUnavailable: nothing readable was left behind.
    """
    draft = store.draft(plan.id)
    try:
        for variant, content in enumerate((compiled, *alternatives)):
            draft.put(compiled_name(variant), content)
        shards: list[str] = []
        count = 0
        for content in into_shards(recipients):
            draft.put(shard_name(len(shards)), content)
            shards.append(content_digest(content))
            count += content.count(b"\n")
        manifest = Manifest(
            plan=plan,
            compiled=content_digest(compiled),
            recipients=count,
            shards=tuple(shards),
            alternatives=tuple(map(content_digest, alternatives)),
        )
        draft.put(MANIFEST, manifest.to_bytes())
        draft.seal(manifest.digest)
        return manifest
    except BaseException:
        draft.discard()
        raise


class Package:
    """Reads a package. Keeps the few shards that were read last.

    Raises PackageMissing, PackageChanged.
    """

    def __init__(self, store: PackageStore, campaign: CampaignId, digest: str) -> None:
        self._store = store
        self._campaign = campaign
        self._digest = digest
        self._recent: dict[int, Sequence[Recipient]] = {}
        self.manifest = Manifest.from_bytes(self._checked(MANIFEST, digest))

    def compiled(self, variant: int = 0) -> bytes:
        return self._checked(compiled_name(variant), self.manifest.templates[variant])

    def recipients(self) -> Iterator[Recipient]:
        """All recipients in order, a shard at a time."""
        for number in range(len(self.manifest.shards)):
            yield from self.shard(number)

    def shard(self, number: int) -> Sequence[Recipient]:
        return from_shard(self._checked(shard_name(number), self.manifest.shards[number]))

    def recipient(self, position: int) -> Recipient:
        """The recipient at a position. Reading in order costs one read a shard."""
        number, offset = divmod(position, SHARD_SIZE)
        if number not in self._recent:
            if len(self._recent) >= _RECENT:
                self._recent.pop(next(iter(self._recent)))
            self._recent[number] = self.shard(number)
        return self._recent[number][offset]

    def _checked(self, name: str, digest: str) -> bytes:
        content = self._store.read(self._campaign, self._digest, name)
        if content_digest(content) != digest:
            raise PackageChanged(campaign=self._campaign, name=name)
        return content


# Retries come back to earlier shards; a few are enough, since they come in order too.
_RECENT = 4
