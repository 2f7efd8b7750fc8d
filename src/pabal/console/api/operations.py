"""All that can be asked over the API: paths, documentation and tests are made from this table."""

from pabal.console.accounts.access import Act
from pabal.console.api import asked, campaigns, subscribers, told
from pabal.console.api.calling import Operation

# fmt: off
_ROWS = (
    ("GET", "campaigns", Act.SEE_REPORTS,
     campaigns.list_campaigns, asked.CampaignsAsked, told.CampaignsTold),
    ("GET", "campaigns/{id}", Act.SEE_REPORTS,
     campaigns.show_campaign, asked.Nothing, told.CampaignTold),
    ("POST", "campaigns/{id}/start", Act.START_CAMPAIGNS,
     campaigns.start_campaign, asked.StartAsked, told.CampaignTold),
    ("POST", "campaigns/{id}/pause", Act.START_CAMPAIGNS,
     campaigns.pause_campaign, asked.Nothing, told.CampaignTold),
    ("POST", "campaigns/{id}/resume", Act.START_CAMPAIGNS,
     campaigns.resume_campaign, asked.Nothing, told.CampaignTold),
    ("POST", "campaigns/{id}/cancel", Act.START_CAMPAIGNS,
     campaigns.cancel_campaign, asked.Nothing, told.CampaignTold),
    # Before the address alone, which may hold a slash and would take this for a part of it.
    ("POST", "subscribers/{address}/unsubscribe", Act.EDIT_AUDIENCE,
     subscribers.unsubscribe, asked.UnsubscribeAsked, told.SubscriberTold),
    ("GET", "subscribers/{address}", Act.SEE_SUBSCRIBERS,
     subscribers.show_subscriber, asked.Nothing, told.SubscriberTold),
    ("PUT", "subscribers/{address}", Act.EDIT_AUDIENCE,
     subscribers.put_subscriber, asked.SubscriberAsked, told.SubscriberTold),
    ("DELETE", "subscribers/{address}", Act.EDIT_AUDIENCE,
     subscribers.erase_subscriber, asked.Nothing, None),
)
# fmt: on

OPERATIONS = tuple(
    Operation(method=method, path=path, act=act, do=do, asked=takes, answer=answer)
    for method, path, act, do, takes, answer in _ROWS
)
