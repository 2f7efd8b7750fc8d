"""Notices about consent: what is owed becomes campaigns, frozen and started by themselves."""

from datetime import datetime

from pabal.message.source import Limits
from pabal.package.store import PackageStore
from pabal.pipeline.ports import CampaignSource, Notices
from pabal.pipeline.steps.prepare import prepare


def tell(
    notices: Notices, *, source: CampaignSource, store: PackageStore, limits: Limits, now: datetime
) -> int:
    """Start a campaign for what is owed; return to how many people.

    Repeating is safe, and takes up what was begun and broken off.

    Raises Unavailable: repeat it.
    """
    people = 0
    for campaign in notices.gather(now=now):
        prepared = prepare(campaign, source=source, store=store, limits=limits, now=now)
        if notices.start(campaign, digest=prepared.manifest.digest, now=now):
            people += prepared.manifest.recipients
    return people
