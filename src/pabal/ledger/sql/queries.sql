-- The ledger's statements. A block is "-- name [dialect]: purpose"; without a dialect it
-- serves both. Parameters are :name. Where a block writes many rows, SQLite runs it once a
-- row and PostgreSQL once with all of them as JSON.

-- Locks are always taken in one order: runs, deliveries, quota, tally. Whoever locks deliveries
-- before the runs waits for somebody who waits for the deliveries.

-- Runs

-- open_run: Make a campaign known; one that is there stays as it is.
insert into ledger_run (campaign, state, reason, scopes, on_doubt, started_at)
values (:campaign, 'running', '', :scopes, :on_doubt, :now)
on conflict (campaign) do nothing;

-- run: Read a run.
select campaign, state, reason, scopes, on_doubt, started_at, finished_at
from ledger_run where campaign = :campaign;

-- set_run_state: Change the state of a run that has not ended.
update ledger_run set state = :state, reason = :reason, finished_at = :finished_at
where campaign = :campaign and state in ('running', 'paused') and state <> :state
returning campaign;

-- reopen_run: Let a finished run go on: a doubtful delivery of it is sent again.
update ledger_run set state = 'running', finished_at = null
where campaign = :campaign and state = 'finished';

-- hold_runs [postgresql]: Let no run change its state until we commit; many may hold them.
select pg_advisory_xact_lock_shared(7165282700);

-- change_runs [postgresql]: Wait for whoever holds the runs; whoever comes later waits for us.
select pg_advisory_xact_lock(7165282700);

-- queued_from [sqlite]: Take a stretch of queued deliveries, to cancel them.
select id, position from ledger_delivery
where campaign = :campaign and state = 'queued' and position > :after
order by position limit :limit;

-- queued_from [postgresql]: The same; waits for workers that are beginning some of them.
select id, position from ledger_delivery
where campaign = :campaign and state = 'queued' and position > :after
order by position limit :limit for update;

-- Deliveries

-- add_deliveries [sqlite]: Enqueue; return what was not there before.
insert into ledger_delivery (id, campaign, position, address, state)
select json_extract(e.value, '$[0]'), :campaign, json_extract(e.value, '$[1]'),
    json_extract(e.value, '$[2]'), 'queued'
from json_each(:entries) as e where true
on conflict (id) do nothing
returning id;

-- add_deliveries [postgresql]: The same.
insert into ledger_delivery (id, campaign, position, address, state)
select e.value ->> 0, :campaign, (e.value ->> 1)::integer, e.value ->> 2, 'queued'
from jsonb_array_elements(:entries::jsonb) as e (value)
on conflict (id) do nothing
returning id;

-- heartbeat: Say until when a worker is alive.
insert into ledger_worker (name, alive_until) values (:worker, :until)
on conflict (name) do update set alive_until = excluded.alive_until;

-- forget_workers [sqlite]: Drop workers that have been silent for long; who is not here is not alive either.
delete from ledger_worker where alive_until < :before;

-- forget_workers [postgresql]: The same, passing over what another worker is dropping.
delete from ledger_worker where name = any(array(
    select name from ledger_worker where alive_until < :before for update skip locked));

-- is_alive: Find a worker whose heartbeat holds.
select 1 from ledger_worker where name = :worker and alive_until > :now;

-- claim_again [sqlite]: Claim what is queued again or was put off, due between two moments, the longest due first.
update ledger_delivery set worker = :worker
where id in (
    select id from ledger_delivery
    where campaign = :campaign and state = 'queued' and not_before > 0
        and not_before > :after and not_before <= :until and coalesce(begun_at, not_before) > :begun_after
        and (worker = '' or not exists (
                select 1 from ledger_worker w
                where w.name = ledger_delivery.worker and w.alive_until > :now and w.alive_until <= :beyond)
            or (worker = :worker and :knows_own = 1 and id not in (select value from json_each(:holding))))
    order by not_before limit :limit)
returning id, position, address;

-- claim_again [postgresql]: The same, passing over what another worker is claiming.
update ledger_delivery set worker = :worker
where id = any(array(
    select id from ledger_delivery
    where campaign = :campaign and state = 'queued' and not_before > 0
        and not_before > :after and not_before <= :until and coalesce(begun_at, not_before) > :begun_after
        and (worker = '' or not exists (
                select 1 from ledger_worker w
                where w.name = ledger_delivery.worker and w.alive_until > :now and w.alive_until <= :beyond)
            or (worker = :worker and :knows_own = 1 and id <> all(:holding::text[])))
    order by not_before limit :limit for update skip locked))
returning id, position, address;

-- claim_fresh [sqlite]: Claim what was never begun nor put off, in the package's order.
update ledger_delivery set worker = :worker
where id in (
    select id from ledger_delivery
    where campaign = :campaign and state = 'queued' and not_before = 0
        and (worker = '' or not exists (
                select 1 from ledger_worker w
                where w.name = ledger_delivery.worker and w.alive_until > :now and w.alive_until <= :beyond)
            or (worker = :worker and :knows_own = 1 and id not in (select value from json_each(:holding))))
    order by position limit :limit)
returning id, position, address;

-- claim_fresh [postgresql]: The same, passing over what another worker is claiming.
update ledger_delivery set worker = :worker
where id = any(array(
    select id from ledger_delivery
    where campaign = :campaign and state = 'queued' and not_before = 0
        and (worker = '' or not exists (
                select 1 from ledger_worker w
                where w.name = ledger_delivery.worker and w.alive_until > :now and w.alive_until <= :beyond)
            or (worker = :worker and :knows_own = 1 and id <> all(:holding::text[])))
    order by position limit :limit for update skip locked))
returning id, position, address;

-- release [sqlite]: Give back claims that were not begun.
update ledger_delivery set worker = ''
where id in (select value from json_each(:ids)) and state = 'queued' and worker = :worker;

-- release [postgresql]: The same.
update ledger_delivery set worker = ''
where id = any(:ids::text[]) and state = 'queued' and worker = :worker;

-- put_off [sqlite]: Give back claims that were not begun, each for a later moment.
update ledger_delivery set worker = '', not_before = max(not_before, :not_before)
where id = :id and state = 'queued' and worker = :worker;

-- put_off [postgresql]: The same.
update ledger_delivery d set worker = '', not_before = greatest(d.not_before, p.not_before)
from jsonb_to_recordset(:rows::jsonb) as p (id text, not_before bigint, worker text)
where d.id = p.id and d.state = 'queued' and d.worker = p.worker;

-- hold [sqlite]: Read deliveries that are about to change; a row for each suppression of the address.
select d.id, d.campaign, d.position, d.address, d.state, d.attempts, d.failures,
    d.not_before, d.worker, d.begun_at, d.last, r.state, r.on_doubt, r.scopes, s.scope, s.reason
from ledger_delivery d
join ledger_run r on r.campaign = d.campaign
left join ledger_suppression s on s.address = d.address
where d.id in (select value from json_each(:ids))
order by d.id;

-- hold [postgresql]: The same, locked until we commit, always in one order.
select d.id, d.campaign, d.position, d.address, d.state, d.attempts, d.failures,
    d.not_before, d.worker, d.begun_at, d.last, r.state, r.on_doubt, r.scopes, s.scope, s.reason
from ledger_delivery d
join ledger_run r on r.campaign = d.campaign
left join ledger_suppression s on s.address = d.address
where d.id = any(:ids::text[])
order by d.id for update of d;

-- adrift [sqlite]: Find attempts whose worker is no longer alive.
select d.id from ledger_delivery d
where d.state = 'sending' and not exists (
    select 1 from ledger_worker w where w.name = d.worker and w.alive_until > :now and w.alive_until <= :beyond);

-- adrift [postgresql]: The same; what is being settled at this moment is waited for.
select d.id from ledger_delivery d
where d.state = 'sending' and not exists (
    select 1 from ledger_worker w where w.name = d.worker and w.alive_until > :now and w.alive_until <= :beyond)
order by d.id for update;

-- change [sqlite]: Write what deliveries have become.
update ledger_delivery
set state = :state, attempts = :attempts, failures = :failures, not_before = :not_before,
    worker = :worker, begun_at = :begun_at, last = :last
where id = :id;

-- change [postgresql]: The same.
update ledger_delivery d
set state = c.state, attempts = c.attempts, failures = c.failures, not_before = c.not_before,
    worker = c.worker, begun_at = c.begun_at, last = c.last
from jsonb_to_recordset(:rows::jsonb) as c (
    id text, state text, attempts integer, failures integer, not_before bigint, worker text,
    begun_at bigint, last text)
where d.id = c.id;

-- add_history [sqlite]: Write what happened.
insert into ledger_history (delivery, at, happening, attempt, worker, code, enhanced, text)
values (:delivery, :at, :happening, :attempt, :worker, :code, :enhanced, :text);

-- add_history [postgresql]: The same.
insert into ledger_history (delivery, at, happening, attempt, worker, code, enhanced, text)
select * from jsonb_to_recordset(:rows::jsonb) as h (
    delivery text, at bigint, happening text, attempt integer, worker text, code integer,
    enhanced text, text text);

-- count [sqlite]: Add to the tally.
insert into ledger_tally (campaign, state, slot, n) values (:campaign, :state, :slot, :n)
on conflict (campaign, state, slot) do update set n = ledger_tally.n + excluded.n;

-- count [postgresql]: The same.
insert into ledger_tally (campaign, state, slot, n)
select * from jsonb_to_recordset(:rows::jsonb) as t (
    campaign text, state text, slot integer, n bigint)
on conflict (campaign, state, slot) do update set n = ledger_tally.n + excluded.n;

-- What comes back

-- event_of_kind: Whether a delivery has such an event already.
select 1 from ledger_event
where delivery = :delivery and campaign = :campaign and kind = :kind and weight = :weight limit 1;

-- add_event: Keep an event; return it if it was not there.
insert into ledger_event (
    id, delivery, campaign, address, kind, weight, at, told_at, source, label, code, enhanced, text)
values (
    :id, :delivery, :campaign, :address, :kind, :weight, :at, :told_at, :source, :label, :code,
    :enhanced, :text)
on conflict (id) do nothing
returning id;

-- count_event: Count a delivery that has its first event of a kind.
insert into ledger_event_tally (campaign, kind, weight, n) values (:campaign, :kind, :weight, 1)
on conflict (campaign, kind, weight) do update set n = ledger_event_tally.n + 1;

-- events: What came back about a delivery.
select id, kind, weight, at, source, label, code, enhanced, text
from ledger_event where delivery = :delivery order by at, told_at, id;

-- event_counts: Deliveries of a campaign by what came back about them.
select kind, weight, n from ledger_event_tally where campaign = :campaign;

-- hits: What is known of who opened and clicked a delivery's mail.
select kind, link, sign, first_at, last_at, times
from ledger_hit where delivery = :delivery order by first_at, kind, link, sign;

-- put_hits: Write what is known of hits that are alike. The delivery's lock keeps others out.
insert into ledger_hit (delivery, kind, link, sign, campaign, first_at, last_at, times)
values (:delivery, :kind, :link, :sign, :campaign, :first_at, :last_at, :times)
on conflict (delivery, kind, link, sign) do update
set first_at = excluded.first_at, last_at = excluded.last_at, times = excluded.times;

-- count_hit [sqlite]: Add to the tally of who opens and clicks.
insert into ledger_hit_tally (campaign, kind, link, actor, n)
values (:campaign, :kind, :link, :actor, :n)
on conflict (campaign, kind, link, actor) do update set n = ledger_hit_tally.n + excluded.n;

-- count_hit [postgresql]: The same.
insert into ledger_hit_tally (campaign, kind, link, actor, n)
select * from jsonb_to_recordset(:rows::jsonb) as t (
    campaign text, kind text, link integer, actor text, n bigint)
on conflict (campaign, kind, link, actor) do update set n = ledger_hit_tally.n + excluded.n;

-- hit_counts: Deliveries of a campaign by who opened or clicked.
select kind, link, actor, n from ledger_hit_tally where campaign = :campaign and n <> 0;

-- accepted_at: When the server took a mail; null where it has not answered.
select max(at) from ledger_history where delivery = :delivery and happening = 'accepted';

-- forget_hits: Drop what is known of who opened and clicked the mails to an address.
delete from ledger_hit where delivery in (
    select id from ledger_delivery where address = :address);

-- forget_what_was_used: Leave of the opens and clicks that services told of an address that mails arrived.
update ledger_event set kind = 'delivered', label = ''
where address = :address and kind in ('opened', 'clicked');

-- forget_old_hits [sqlite]: Drop some of those that have long served their purpose.
delete from ledger_hit where rowid in (
    select rowid from ledger_hit where last_at < :before order by last_at limit 1000);

-- forget_old_hits [postgresql]: The same, passing over what another worker is dropping.
delete from ledger_hit where ctid = any(array(
    select ctid from ledger_hit where last_at < :before order by last_at limit 1000
    for update skip locked));

-- pardon: Hold what was counted up to now against a campaign no more.
insert into ledger_pardon (campaign, sent, bounces, complaints)
values (:campaign, :sent, :bounces, :complaints)
on conflict (campaign) do update
set sent = excluded.sent, bounces = excluded.bounces, complaints = excluded.complaints;

-- pardoned: What is not held against a campaign.
select sent, bounces, complaints from ledger_pardon where campaign = :campaign;

-- sent_since: Campaigns that were started since a moment, and how many mails of each were sent.
select r.campaign, r.started_at, (
    select coalesce(sum(t.n), 0) from ledger_tally t
    where t.campaign = r.campaign and t.state = 'sent')
from ledger_run r where r.started_at >= :since order by r.started_at, r.campaign;

-- returned_since: What came back about them; SQLite keeps the order of a cross join.
select e.campaign, e.kind, e.weight, e.n from ledger_run r cross join ledger_event_tally e
where r.started_at >= :since and e.campaign = r.campaign;

-- sent_to_since [sqlite]: Mails that were sent by campaigns since a moment, by the domain that they went to.
select r.campaign, r.started_at, substr(d.address, instr(d.address, '@') + 1) as domain, count(*)
from ledger_run r cross join ledger_delivery d
where r.started_at >= :since and d.campaign = r.campaign and d.state = 'sent'
group by r.campaign, domain order by r.started_at, r.campaign, domain;

-- sent_to_since [postgresql]: The same.
select r.campaign, r.started_at, split_part(d.address, '@', 2) as domain, count(*)
from ledger_run r join ledger_delivery d on d.campaign = r.campaign
where r.started_at >= :since and d.state = 'sent'
group by r.campaign, r.started_at, domain order by r.started_at, r.campaign, domain;

-- returned_from_since [sqlite]: What came back about them, where it is harm.
select e.campaign, substr(e.address, instr(e.address, '@') + 1) as domain, e.kind, e.weight,
    count(distinct e.delivery)
from ledger_run r join ledger_event e on e.campaign = r.campaign
where r.started_at >= :since and e.weight in ('hard', 'no host', 'complaint')
group by e.campaign, domain, e.kind, e.weight;

-- returned_from_since [postgresql]: The same.
select e.campaign, split_part(e.address, '@', 2) as domain, e.kind, e.weight,
    count(distinct e.delivery)
from ledger_run r join ledger_event e on e.campaign = r.campaign
where r.started_at >= :since and e.weight in ('hard', 'no host', 'complaint')
group by e.campaign, domain, e.kind, e.weight;

-- failures: Counted bounces of an address since a mail last reached it.
select delivery, weight, at from ledger_event
where address = :address and weight in ('soft', 'no host')
    and at > coalesce((
        select max(r.at) from ledger_event r where r.address = :address and r.weight = 'reached'), -1)
order by at limit 1000;

-- proven_sent [sqlite]: Which deliveries something came back about that was sent.
select distinct delivery from ledger_event
where delivery in (select value from json_each(:ids)) and kind <> 'rejected';

-- proven_sent [postgresql]: The same.
select distinct delivery from ledger_event
where delivery = any(:ids::text[]) and kind <> 'rejected';

-- end_pause: Let an address be mailed again that was paused.
delete from ledger_suppression
where address = :address and scope = 'all' and reason = 'paused';

-- What is known

-- counts: Deliveries of a campaign by state.
select state, sum(n) from ledger_tally where campaign = :campaign
group by state having sum(n) <> 0;

-- deferred: Queued deliveries that have failed before.
select count(*) from ledger_delivery
where campaign = :campaign and state = 'queued' and not_before > 0 and failures > 0;

-- first_fresh: Whether something free was never begun.
select 1 from ledger_delivery
where campaign = :campaign and state = 'queued' and not_before = 0
    and (worker = '' or not exists (
        select 1 from ledger_worker w
        where w.name = ledger_delivery.worker and w.alive_until > :now and w.alive_until <= :beyond))
limit 1;

-- first_again: When the first free delivery is due again.
select not_before from ledger_delivery
where campaign = :campaign and state = 'queued' and not_before > 0
    and (worker = '' or not exists (
        select 1 from ledger_worker w
        where w.name = ledger_delivery.worker and w.alive_until > :now and w.alive_until <= :beyond))
order by not_before limit 1;

-- runs_by_state: How many campaigns are in which state.
select state, count(*) from ledger_run group by state;

-- under_way: Deliveries by state in campaigns that have not ended; SQLite keeps the order of a cross join.
select t.state, sum(t.n) from ledger_run r cross join ledger_tally t
where r.state in ('running', 'paused') and t.campaign = r.campaign
group by t.state having sum(t.n) <> 0;

-- doubts: Doubtful deliveries of all campaigns.
select coalesce(sum((
    select sum(t.n) from ledger_tally t
    where t.campaign = r.campaign and t.state = 'doubtful')), 0)
from ledger_run r;

-- waiting_again: Queued deliveries that were attempted before, in campaigns that run.
select coalesce(sum((
    select count(*) from ledger_delivery d
    where d.campaign = r.campaign and d.state = 'queued' and d.not_before > 0)), 0)
from ledger_run r where r.state = 'running';

-- due: When each running campaign was started, the first that was never begun, and when the first is due again.
select r.started_at,
    (
        select d.position from ledger_delivery d
        where d.campaign = r.campaign and d.state = 'queued' and d.not_before = 0
        order by d.position limit 1),
    (
        select d.not_before from ledger_delivery d
        where d.campaign = r.campaign and d.state = 'queued' and d.not_before > 0
        order by d.not_before limit 1)
from ledger_run r where r.state = 'running';

-- last_finished: The campaign that finished last.
select campaign, started_at, finished_at from ledger_run
where state = 'finished' order by finished_at desc, campaign limit 1;

-- returned: Deliveries of all campaigns by what came back about them.
select kind, weight, sum(n) from ledger_event_tally group by kind, weight;

-- workers_alive: How many workers' heartbeats hold.
select count(*) from ledger_worker where alive_until > :now and alive_until <= :beyond;

-- page: Deliveries in the package's order.
select id, campaign, position, address, state, attempts, failures, not_before, last
from ledger_delivery
where campaign = :campaign and position > :after
order by position limit :limit;

-- page_of_state: Those in one state.
select id, campaign, position, address, state, attempts, failures, not_before, last
from ledger_delivery
where campaign = :campaign and position > :after and state = :state
order by position limit :limit;

-- page_of_unsent: Those in one of the rare states; the condition names the index.
select id, campaign, position, address, state, attempts, failures, not_before, last
from ledger_delivery
where campaign = :campaign and position > :after and state = :state
    and state in ('failed', 'doubtful', 'skipped', 'cancelled')
order by position limit :limit;

-- delivery: Read one delivery.
select id, campaign, position, address, state, attempts, failures, not_before, last
from ledger_delivery where id = :id;

-- find: Everything an address was sent, newest campaign first.
select d.id, d.campaign, d.position, d.address, d.state, d.attempts, d.failures,
    d.not_before, d.last
from ledger_delivery d
join ledger_run r on r.campaign = d.campaign
where d.address = :address
order by r.started_at desc, d.campaign, d.position;

-- history: Everything that happened to a delivery.
select delivery, at, happening, attempt, worker, code, enhanced, text
from ledger_history where delivery = :id order by id;

-- Quota, rate, suppressions

-- lock_quota [postgresql]: Let one worker at a time look at the quota and reserve.
select pg_advisory_xact_lock(7165282701);

-- quota_used: Messages reserved since a minute.
select coalesce(sum(reserved), 0) from ledger_quota where bucket >= :oldest;

-- reserve [sqlite]: Add to the reservations of a minute, or give back.
insert into ledger_quota (bucket, reserved) values (:bucket, :n)
on conflict (bucket) do update set reserved = ledger_quota.reserved + excluded.reserved;

-- reserve [postgresql]: The same.
insert into ledger_quota (bucket, reserved)
select * from jsonb_to_recordset(:rows::jsonb) as q (bucket bigint, n integer)
on conflict (bucket) do update set reserved = ledger_quota.reserved + excluded.reserved;

-- forget_quota [sqlite]: Drop minutes that have long ceased to count.
delete from ledger_quota where bucket < :before;

-- forget_quota [postgresql]: The same, passing over what another worker is dropping.
delete from ledger_quota where bucket = any(array(
    select bucket from ledger_quota where bucket < :before for update skip locked));

-- start_pace: Make a shared rate known.
insert into ledger_pace (name, paid_until) values (:name, 0) on conflict (name) do nothing;

-- pace [sqlite]: Read until when a rate is used up.
select paid_until from ledger_pace where name = :name;

-- pace [postgresql]: The same; the next worker waits until we commit.
select paid_until from ledger_pace where name = :name for update;

-- set_pace: Use up a rate.
update ledger_pace set paid_until = :paid_until where name = :name;

-- suppress [sqlite]: Stop addresses; the first reason stays.
insert into ledger_suppression (address, scope, reason, since, detail)
values (:address, :scope, :reason, :since, :detail)
on conflict (address, scope) do nothing;

-- suppress [postgresql]: The same.
insert into ledger_suppression (address, scope, reason, since, detail)
select * from jsonb_to_recordset(:rows::jsonb) as s (
    address text, scope text, reason text, since bigint, detail text)
on conflict (address, scope) do nothing;

-- lift: Remove a suppression.
delete from ledger_suppression where address = :address and scope = :scope;

-- erased [sqlite]: Find aliases of people who were erased.
select address from ledger_suppression
where address in (select value from json_each(:aliases)) and scope = 'all' and reason = 'erased';

-- erased [postgresql]: The same.
select address from ledger_suppression
where address = any(:aliases::text[]) and scope = 'all' and reason = 'erased';

-- addressed: Find everything that an address was or will be sent.
select id from ledger_delivery where address = :address;

-- silence_history: Forget what servers said about the deliveries to an address.
update ledger_history set text = :text
where text <> '' and delivery in (select id from ledger_delivery where address = :address);

-- silence_events: The same of what came back about them, and call them by the alias.
update ledger_event
set address = :alias, label = '', text = case when text = '' then '' else :text end
where delivery in (select id from ledger_delivery where address = :address);

-- rename_deliveries: Call the recipient of deliveries by an alias.
update ledger_delivery
set address = :alias, last = case when last = '' then '' else :text end
where address = :address;

-- forget_suppressions: Forget every stop of an address.
delete from ledger_suppression where address = :address;

-- history_behind: Read when things happened, in their order.
select id, at from ledger_history where id > :behind order by id limit :limit;

-- shorten_last: Leave the code alone of what servers have said last about deliveries.
update ledger_delivery set last = said.codes
from (
    select delivery, trim(code || ' ' || enhanced) as codes from ledger_history
    where id > :behind and id <= :last and code <> 0
        and happening in ('accepted', 'refused', 'gave up')) as said
where ledger_delivery.id = said.delivery and ledger_delivery.last <> said.codes
    and ledger_delivery.state in ('sent', 'failed');

-- forget_replies: Forget the words of servers in a stretch of the history.
update ledger_history set text = ''
where id > :behind and id <= :last and code <> 0 and text <> '';

-- forget_details: Forget what was said in events, of some at a time.
update ledger_event set text = '', label = ''
where id in (
    select id from ledger_event
    where told_at < :before and (text <> '' or label <> '') limit :limit)
returning id;

-- suppressions [sqlite]: Read what keeps addresses out of scopes, the widest scope last.
select address, scope, reason, since, detail from ledger_suppression
where address in (select value from json_each(:addresses))
    and scope in (select value from json_each(:scopes))
order by address, scope = 'all', since;

-- suppressions [postgresql]: The same.
select address, scope, reason, since, detail from ledger_suppression
where address = any(:addresses::text[]) and scope = any(:scopes::text[])
order by address, scope = 'all', since;
