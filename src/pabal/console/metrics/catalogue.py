"""What the console's metrics mean. All of them are read from the database when asked for."""

from pabal.telemetry.metrics import Kind, Metric


def _gauge(name: str, unit: str, meaning: str, *labels: str) -> Metric:
    return Metric(name=name, kind=Kind.GAUGE, unit=unit, meaning=meaning, labels=labels)


BUILD = _gauge(
    "pabal_build_info", "always 1", "What the pages run on.", "version", "python", "database"
)
DATABASE_UP = _gauge(
    "pabal_database_up", "1 or 0", "Whether the database answers; where not, only this is shown."
)
WORKER_UP = _gauge(
    "pabal_worker_up",
    "1 or 0",
    "Whether the worker of the same `pabal serve` answers; absent with --no-worker.",
)
WORKERS_ALIVE = _gauge("pabal_workers_alive", "workers", "Workers whose heartbeat holds.")
CAMPAIGNS = _gauge(
    "pabal_campaigns",
    "campaigns",
    "Campaigns by state; due ones were started, and no worker has taken them up yet.",
    "state",
)
DELIVERIES = _gauge(
    "pabal_deliveries",
    "deliveries",
    "Deliveries by state, of the campaigns that run or are paused.",
    "state",
)
WAITING_AGAIN = _gauge(
    "pabal_deliveries_waiting_again",
    "deliveries",
    "Deliveries of running campaigns that were attempted before and wait for their next attempt.",
)
DOUBTS = _gauge(
    "pabal_doubts",
    "deliveries",
    "Doubtful deliveries of all campaigns: perhaps sent, perhaps not; a person decides.",
)
RETURNED = Metric(
    name="pabal_returned_total",
    kind=Kind.COUNTER,
    unit="deliveries",
    meaning="Deliveries by what came back about them and what it means (docs/rules.md).",
    labels=("event", "weight"),
)
HARM_RATIO = _gauge(
    "pabal_harm_ratio",
    "0 to 1",
    "Which part of the mails of the last 7 days bounced for good or was reported as spam, by "
    "the day on which the campaign was started; absent below PABAL_PAUSE_MAILS mails.",
    "harm",
)
QUEUE_AGE = _gauge(
    "pabal_queue_age_seconds",
    "seconds",
    "For how long the longest due mail has been waiting to begin; 0 where none is due.",
)
QUOTA_USED = _gauge("pabal_quota_used", "mails", "Mails sent or begun in the last 24 hours.")
QUOTA_LEFT = _gauge("pabal_quota_left", "mails", "Mails that PABAL_DAILY_LIMIT still allows.")
RATE_LIMIT = _gauge(
    "pabal_rate_limit", "mails a second", "What PABAL_RATE allows; absent where nothing is set."
)
RUNNING_SECONDS = _gauge(
    "pabal_campaign_running_seconds",
    "seconds",
    "For how long the longest running campaign has been running; 0 where none runs.",
)
LAST_SECONDS = _gauge(
    "pabal_campaign_last_seconds",
    "seconds",
    "How long the campaign took that finished last, from its start, pauses included.",
)
LAST_DELIVERIES = _gauge(
    "pabal_campaign_last_deliveries",
    "deliveries",
    "Deliveries of that campaign by state.",
    "state",
)
PROMISED_SECONDS = _gauge(
    "pabal_campaign_promised_seconds", "seconds", "How long a campaign should take at most."
)

CONSOLE_METRICS = (
    BUILD,
    DATABASE_UP,
    WORKER_UP,
    WORKERS_ALIVE,
    CAMPAIGNS,
    DELIVERIES,
    WAITING_AGAIN,
    DOUBTS,
    RETURNED,
    HARM_RATIO,
    QUEUE_AGE,
    QUOTA_USED,
    QUOTA_LEFT,
    RATE_LIMIT,
    RUNNING_SECONDS,
    LAST_SECONDS,
    LAST_DELIVERIES,
    PROMISED_SECONDS,
)
