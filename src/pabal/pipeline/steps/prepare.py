"""Prepare and package: compile the source, freeze the recipients, keep the digest."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from pabal.domain.grounds import GroundCount, Grounds
from pabal.domain.identity import CampaignId
from pabal.domain.recipient import Recipient
from pabal.message.compile import compile_variants
from pabal.message.source import Limits
from pabal.package.manifest import Manifest
from pabal.package.package import write_package
from pabal.package.store import PackageStore
from pabal.pipeline.ports import Admitted, CampaignSource, Excluded, Exclusion

_EXAMPLES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A frozen campaign.

    excluded: how many were left out, by reason. examples: some of them.
    grounds: what lets us send to those who were not.
    """

    manifest: Manifest
    excluded: dict[Exclusion, int]
    examples: tuple[Excluded, ...]
    grounds: Grounds


def prepare(
    campaign: CampaignId,
    *,
    source: CampaignSource,
    store: PackageStore,
    limits: Limits,
    now: datetime,
) -> Prepared:
    """Freeze a campaign as it is now; memory does not grow with the audience.

    Raises TemplateError: the source cannot be compiled. StoreUnavailable: nothing was kept.
    """
    draft = source.draft(campaign)
    compiled = compile_variants(draft.sources, draft.plan, limits=limits)
    tally = _Tally(GroundCount(now))
    recipients = tally.pass_recipients(source.audience(campaign, now=now))
    first, *others = [each.to_bytes() for each in compiled]
    manifest = write_package(store, draft.plan, first, recipients, alternatives=others)
    tracked = compiled[-1].tracked  # knows the links of all
    source.record_prepared(
        campaign,
        digest=manifest.digest,
        recipients=manifest.recipients,
        excluded=tally.counts,
        tracking=draft.plan.tracking,
        links=tracked.links if tracked else (),
        now=now,
    )
    store.prune(campaign, keep=manifest.digest)
    return Prepared(
        manifest=manifest,
        excluded=dict(tally.counts),
        examples=tuple(tally.examples),
        grounds=tally.grounds.total(),
    )


@dataclass(slots=True)
class _Tally:
    """Counts who is left out, and why the others are not, while the recipients stream by."""

    grounds: GroundCount
    counts: Counter[Exclusion] = field(default_factory=Counter[Exclusion])
    examples: list[Excluded] = field(default_factory=list[Excluded])

    def pass_recipients(self, audience: Iterator[Recipient | Excluded]) -> Iterator[Recipient]:
        for person in audience:
            if isinstance(person, Admitted):
                self.grounds.add(person.ground, person.since)
            if isinstance(person, Recipient):
                yield person
                continue
            self.counts[person.reason] += 1
            if len(self.examples) < _EXAMPLES:
                self.examples.append(person)
