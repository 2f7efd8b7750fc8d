"""One rendered mail, read once for all the checks that look at what it says."""

from dataclasses import dataclass

from pabal.domain.campaign import CampaignPlan
from pabal.message.render import PlainMail
from pabal.preflight.page import Page, read_page


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """unsubscribe: the address that this recipient leaves by."""

    plan: CampaignPlan
    mail: PlainMail
    page: Page
    unsubscribe: str


def take_sample(plan: CampaignPlan, mail: PlainMail, unsubscribe: str) -> Sample:
    return Sample(plan=plan, mail=mail, page=read_page(mail.html), unsubscribe=unsubscribe)
