-- The ledger's tables. Instants are microseconds since the epoch, UTC.
-- A block is "-- name [dialect]: purpose"; without a dialect it serves both.
-- Every block may run again.

-- run: A campaign that was started. `scopes` is a JSON array of suppression scopes.
create table if not exists ledger_run (
    campaign text primary key,
    state text not null,
    reason text not null,
    scopes text not null,
    on_doubt text not null,
    started_at bigint not null,
    finished_at bigint
);

-- delivery [sqlite]: One campaign to one recipient. `worker` holds it: a claim while queued, an attempt while sending.
create table if not exists ledger_delivery (
    id text not null primary key,
    campaign text not null,
    position integer not null,
    address text not null,
    state text not null,
    attempts integer not null default 0,
    failures integer not null default 0,
    not_before bigint not null default 0,
    worker text not null default '',
    begun_at bigint,
    last text not null default ''
) without rowid;

-- delivery [postgresql]: The same; pages keep room, so that a claim rewrites no index.
create table if not exists ledger_delivery (
    id text not null primary key,
    campaign text not null,
    position integer not null,
    address text not null,
    state text not null,
    attempts integer not null default 0,
    failures integer not null default 0,
    not_before bigint not null default 0,
    worker text not null default '',
    begun_at bigint,
    last text not null default ''
) with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02);

-- delivery_position: One delivery a place in the package; also the order of its pages.
create unique index if not exists ledger_delivery_position
    on ledger_delivery (campaign, position);

-- delivery_fresh: What was never begun nor put off, in the package's order. A row leaves it once and for ever.
create index if not exists ledger_delivery_fresh
    on ledger_delivery (campaign, position) where state = 'queued' and not_before = 0;

-- delivery_again: What is queued again or was put off, by the time from which it may go.
create index if not exists ledger_delivery_again
    on ledger_delivery (campaign, not_before) where state = 'queued' and not_before > 0;

-- delivery_sending: What is on the wire: little at any time, so that a sweep is cheap.
create index if not exists ledger_delivery_sending
    on ledger_delivery (campaign) where state = 'sending';

-- delivery_unsent: What a person looks for among a million sent ones.
create index if not exists ledger_delivery_unsent
    on ledger_delivery (campaign, state, position)
    where state in ('failed', 'doubtful', 'skipped', 'cancelled');

-- delivery_address: Everything that one address was sent.
create index if not exists ledger_delivery_address on ledger_delivery (address);

-- history [sqlite]: Everything that happened, in the order of `id`; only ever added to.
create table if not exists ledger_history (
    id integer primary key,
    delivery text not null,
    at bigint not null,
    happening text not null,
    attempt integer not null,
    worker text not null,
    code integer not null,
    enhanced text not null,
    text text not null
);

-- history [postgresql]: The same.
create table if not exists ledger_history (
    id bigint generated always as identity primary key,
    delivery text not null,
    at bigint not null,
    happening text not null,
    attempt integer not null,
    worker text not null,
    code integer not null,
    enhanced text not null,
    text text not null
);

-- history_delivery: The history of one delivery.
create index if not exists ledger_history_delivery on ledger_history (delivery);

-- event: What came back about deliveries, told often and kept once. `address` is the delivery's.
create table if not exists ledger_event (
    id text not null primary key,
    delivery text not null,
    campaign text not null,
    address text not null,
    kind text not null,
    weight text not null,
    at bigint not null,
    told_at bigint not null,
    source text not null,
    label text not null,
    code integer not null,
    enhanced text not null,
    text text not null
);

-- event_delivery: What came back about one delivery.
create index if not exists ledger_event_delivery on ledger_event (delivery);

-- event_used: What is to be forgotten where somebody objects to being tracked.
create index if not exists ledger_event_used
    on ledger_event (address) where kind in ('opened', 'clicked');

-- event_returned: What came back of one campaign's mails, among all that arrived.
create index if not exists ledger_event_returned
    on ledger_event (campaign) where kind in ('bounced', 'complained');

-- event_counted: What is counted for or against an address.
create index if not exists ledger_event_counted
    on ledger_event (address, at) where weight in ('soft', 'no host', 'reached');

-- event_tally: Deliveries by what came back about them.
create table if not exists ledger_event_tally (
    campaign text not null,
    kind text not null,
    weight text not null,
    n bigint not null,
    primary key (campaign, kind, weight)
);

-- hit: Requests for tracked links and images of deliveries; those that are alike are one row.
create table if not exists ledger_hit (
    delivery text not null,
    kind text not null,
    link integer not null,
    sign text not null,
    campaign text not null,
    first_at bigint not null,
    last_at bigint not null,
    times bigint not null,
    primary key (delivery, kind, link, sign)
);

-- hit_campaign: Everything that was opened and clicked of one campaign.
create index if not exists ledger_hit_campaign on ledger_hit (campaign);

-- hit_last: What is to be forgotten.
create index if not exists ledger_hit_last on ledger_hit (last_at);

-- hit_tally: Deliveries by who opened or clicked, the nearest to a person; link 0 is the whole mail.
create table if not exists ledger_hit_tally (
    campaign text not null,
    kind text not null,
    link integer not null,
    actor text not null,
    n bigint not null,
    primary key (campaign, kind, link, actor)
);

-- no_use: A view is made anew wherever its definition is run.
drop view if exists ledger_use;

-- no_hit_told_apart: The same.
drop view if exists ledger_hit_told_apart;

-- no_hit_scan: The same.
drop view if exists ledger_hit_scan;

-- no_hit_click: The same.
drop view if exists ledger_hit_click;

-- hit_click: The moments of clicks that are known: the first and the last of those that are alike.
create view ledger_hit_click as
select delivery, link, first_at as at from ledger_hit where kind = 'clicked' and sign <> 'head'
union all
select delivery, link, last_at from ledger_hit where kind = 'clicked' and sign <> 'head';

-- hit_scan: When somebody asked without fetching, or began to click several links at once.
create view ledger_hit_scan as
select delivery, first_at as at from ledger_hit where sign = 'head'
union all
select delivery, last_at from ledger_hit where sign = 'head'
union all
select delivery, at from ledger_hit_click as begun
where exists (select 1 from ledger_hit as other
    where other.delivery = begun.delivery and kind = 'clicked' and sign <> 'head'
    and other.link <> begun.link
    and (first_at between begun.at and begun.at + 1000000
        or last_at between begun.at and begun.at + 1000000))
or (select min(link) < max(link) from ledger_hit as other
    where other.delivery = begun.delivery and kind = 'clicked' and sign <> 'head'
    and other.link <> begun.link
    and (first_at between begun.at and begun.at + 10000000
        or last_at between begun.at and begun.at + 10000000));

-- hit_told_apart: Hits with who made them, as domain/engagement.py: told_apart has it.
-- A click is looked into only where there is something beside it, which is rare.
create view ledger_hit_told_apart as
select delivery || ' ' || kind || ' ' || link || ' ' || sign as id,
    delivery, campaign, kind, link, sign, first_at, last_at, times,
    case
        when sign in ('gmail', 'yahoo') then 'proxy'
        when sign <> 'browser' then 'machine'
        when kind = 'clicked' and exists (
            select 1 from ledger_hit as other where other.delivery = hit.delivery
            and (other.sign = 'head' or (other.kind = 'clicked' and other.link <> hit.link)))
        and not exists (
            select 1 from (select first_at as at union all select last_at) as moment
            where not exists (select 1 from ledger_hit_scan as scan
                where scan.delivery = hit.delivery
                and scan.at between moment.at - 10000000 and moment.at)) then 'machine'
        else 'person'
    end as actor
from ledger_hit as hit;

-- use: Who has opened or clicked each mail, the nearest to a person, and when they first did.
-- One number holds both, so that the least of them is found without asking twice who it was.
create view ledger_use as
select delivery || ' ' || kind as id, campaign, delivery, kind,
    case nearest / 100000000000000000 when 0 then 'person' when 1 then 'proxy' else 'machine' end
    as actor,
    nearest % 100000000000000000 as at
from (
    select campaign, delivery, kind, min(first_at + 100000000000000000
        * case actor when 'person' then 0 when 'proxy' then 1 else 2 end) as nearest
    from ledger_hit_told_apart where sign <> 'head' group by campaign, delivery, kind) as each_mail;

-- pardon: What a campaign had cost when it was last resumed, which is not held against it again.
create table if not exists ledger_pardon (
    campaign text not null primary key,
    sent bigint not null,
    bounces bigint not null,
    complaints bigint not null
);

-- worker: Until when the claims and attempts of a worker hold.
create table if not exists ledger_worker (
    name text not null primary key,
    alive_until bigint not null
);

-- tally: Deliveries by state, kept with every change. Workers write to slots of their own; the sum is the count.
create table if not exists ledger_tally (
    campaign text not null,
    state text not null,
    slot integer not null,
    n bigint not null,
    primary key (campaign, state, slot)
);

-- quota: Messages reserved by minute since the epoch (domain/quota.py).
create table if not exists ledger_quota (
    bucket bigint not null primary key,
    reserved integer not null
);

-- pace: Until when each rate that all workers share is used up (domain/rate.py).
create table if not exists ledger_pace (
    name text not null primary key,
    paid_until bigint not null
);

-- suppression: Addresses that must not be mailed, by scope.
create table if not exists ledger_suppression (
    address text not null,
    scope text not null,
    reason text not null,
    since bigint not null,
    detail text not null,
    primary key (address, scope)
);
