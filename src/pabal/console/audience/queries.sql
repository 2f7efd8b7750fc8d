-- The audience's statements for hundreds of rows at a time; what is written a row at a time
-- goes through the models. The form is that of pabal/ledger/sql/queries.sql, but a block
-- that only adds rows takes them as tuples: by `insert` on SQLite, by `copy` on PostgreSQL.
-- Instants are text: UTC, on SQLite in the form in which Django writes them.
--
-- PostgreSQL looks people up one by one (`lateral ... limit 1`): while a table is being filled
-- its planner has no figures, and would rather read the whole table for every few hundred.

-- Subscribers

-- known_subscribers [sqlite]: Read who has an address, and how they stand to a list.
select s.address, s.id, s.language, s.attributes, m.status, m.consented_at, m.changed_at,
    m.transaction_ended_at
from audience_subscriber s
left join audience_membership m on m.subscriber_id = s.id and m.list_id = :list
where s.address in (select value from json_each(:addresses));

-- known_subscribers [postgresql]: The same.
select s.address, s.id, s.language, s.attributes::text, m.status, m.consented_at, m.changed_at,
    m.transaction_ended_at
from unnest(:addresses::text[]) as a (address)
cross join lateral (
    select * from audience_subscriber where address = a.address limit 1) as s
left join lateral (
    select * from audience_membership where list_id = :list and subscriber_id = s.id limit 1
) as m on true;

-- make_arrivals [sqlite]: Make room for subscribers that are to be added.
create temporary table if not exists audience_arrival (
    email text, wire text, address text, language text, attributes text);

-- make_arrivals [postgresql]: The same, for this transaction.
create temporary table if not exists audience_arrival (
    email text, wire text, address text, language text, attributes jsonb) on commit drop;

-- bring_arrivals [sqlite]: Bring subscribers that are to be added.
insert into audience_arrival (email, wire, address, language, attributes) values (?, ?, ?, ?, ?);

-- bring_arrivals [postgresql]: The same.
copy audience_arrival (email, wire, address, language, attributes) from stdin;

-- add_arrivals: Add them; return those whom nobody else has added meanwhile.
insert into audience_subscriber
    (email, wire, address, language, attributes, created_at, updated_at)
select email, wire, address, language, attributes, :now, :now from audience_arrival where true
on conflict (address) do nothing
returning address, id;

-- forget_arrivals [sqlite]: Make room again.
delete from audience_arrival;

-- forget_arrivals [postgresql]: The same; a delete would leave the dead rows to be read again.
truncate audience_arrival;

-- change_subscribers [sqlite]: Write what became of subscribers.
update audience_subscriber
set language = :language, attributes = :attributes, updated_at = :updated_at
where id = :id and erased_at is null;

-- change_subscribers [postgresql]: The same.
update audience_subscriber s
set language = c.language, attributes = c.attributes::jsonb, updated_at = c.updated_at
from jsonb_to_recordset(:rows::jsonb) as c (
    id bigint, language text, attributes text, updated_at timestamptz)
where s.id = c.id and s.erased_at is null;

-- Memberships

-- memberships [sqlite]: Read how subscribers stand to a list.
select subscriber_id, status, consented_at, changed_at, transaction_ended_at from audience_membership
where list_id = :list and subscriber_id in (select value from json_each(:subscribers));

-- memberships [postgresql]: The same, locked until we commit, in the order of the numbers.
select m.subscriber_id, m.status, m.consented_at, m.changed_at, m.transaction_ended_at
from unnest(:subscribers::bigint[]) as n (number)
cross join lateral (
    select * from audience_membership where list_id = :list and subscriber_id = n.number limit 1
    for update) as m;

-- add_memberships [sqlite]: Put subscribers on a list that they were never on.
insert into audience_membership
    (subscriber_id, list_id, status, consented_at, changed_at, transaction_ended_at)
values (?, ?, ?, ?, ?, ?);

-- add_memberships [postgresql]: The same.
copy audience_membership
    (subscriber_id, list_id, status, consented_at, changed_at, transaction_ended_at)
from stdin;

-- change_memberships [sqlite]: Write what became of memberships.
update audience_membership
set status = :status, consented_at = :consented_at, changed_at = :changed_at,
    transaction_ended_at = :transaction_ended_at
where list_id = :list and subscriber_id = :subscriber;

-- change_memberships [postgresql]: The same.
update audience_membership m
set status = c.status, consented_at = c.consented_at, changed_at = c.changed_at,
    transaction_ended_at = c.transaction_ended_at
from jsonb_to_recordset(:rows::jsonb) as c (
    list bigint, subscriber bigint, status text, consented_at timestamptz, changed_at timestamptz,
    transaction_ended_at timestamptz)
where m.list_id = c.list and m.subscriber_id = c.subscriber;

-- Consents

-- chain_ends [sqlite]: Read the last link of each chain of consent.
select n.value, (
    select digest from audience_consent where subscriber_id = n.value order by id desc limit 1)
from json_each(:subscribers) as n;

-- chain_ends [postgresql]: The same; with a limit it might go through all chains, last link first.
select n.number, (
    select (array_agg(digest order by id desc))[1] from audience_consent
    where subscriber_id = n.number)
from unnest(:subscribers::bigint[]) as n (number);

-- add_consents [sqlite]: Add links to chains of consent.
insert into audience_consent
    (subscriber_id, action, purpose, source, wording, basis, origin, happened_at, recorded_at,
     previous, salt, seal, digest)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- add_consents [postgresql]: The same.
copy audience_consent
    (subscriber_id, action, purpose, source, wording, basis, origin, happened_at, recorded_at,
     previous, salt, seal, digest)
from stdin;

-- erase_consents: Take out of sealed records what may name a person.
update audience_consent set source = '', origin = '', salt = ''
where subscriber_id = :subscriber and seal <> '';

-- refusers [sqlite]: Read whose last word about a purpose is a withdrawal.
select subscriber_id from audience_consent c
where purpose = :purpose and action = 'withdrawn'
    and subscriber_id in (select value from json_each(:subscribers))
    and not exists (
        select 1 from audience_consent
        where subscriber_id = c.subscriber_id and purpose = c.purpose and id > c.id);

-- refusers [postgresql]: The same.
select subscriber_id from audience_consent c
where purpose = :purpose and action = 'withdrawn' and subscriber_id = any(:subscribers::bigint[])
    and not exists (
        select 1 from audience_consent
        where subscriber_id = c.subscriber_id and purpose = c.purpose and id > c.id);

-- consent_links: Read links of the chains, in the order of the chains, behind one of them.
select id, subscriber_id, action, purpose, source, wording, basis, origin, happened_at,
    previous, salt, seal, digest
from audience_consent
where (subscriber_id, id) > (:subscriber, :number)
order by subscriber_id, id
limit :limit;

-- unrecorded_standings: Find a membership that says more than the records do.
select m.subscriber_id, m.list_id
from audience_membership m
where m.consented_at is not null and not exists (
        select 1 from audience_consent c
        where c.subscriber_id = m.subscriber_id and c.purpose = 'list:' || m.list_id
            and c.action = 'granted' and c.basis = 'consent' and c.happened_at = m.consented_at)
    or m.transaction_ended_at is not null and not exists (
        select 1 from audience_consent c
        where c.subscriber_id = m.subscriber_id and c.purpose = 'list:' || m.list_id
            and c.action = 'granted' and c.basis = 'transaction'
            and c.happened_at = m.transaction_ended_at)
    or m.status = 'unsubscribed' and not exists (
        select 1 from audience_consent c
        where c.subscriber_id = m.subscriber_id and c.purpose = 'list:' || m.list_id
            and c.action = 'withdrawn' and c.happened_at = m.changed_at)
order by m.subscriber_id, m.list_id
limit 1;

-- Notices

-- owe_notices [sqlite]: Owe notices; one that is owed or was told stays. Whose decision is
-- about no list is told by one of their lists.
insert into audience_consentnotice
    (subscriber_id, list_id, kind, action, happened_at, due_at, campaign)
select :subscriber, coalesce((select id from audience_list where id = :list), (
        select min(list_id) from audience_membership where subscriber_id = :subscriber)),
    :kind, :action, :happened_at, :due_at, :campaign
where true
on conflict do nothing;

-- owe_notices [postgresql]: The same.
insert into audience_consentnotice
    (subscriber_id, list_id, kind, action, happened_at, due_at, campaign)
select c.subscriber, coalesce((select id from audience_list where id = c.list), (
        select min(list_id) from audience_membership where subscriber_id = c.subscriber)),
    c.kind, c.action, c.happened_at, c.due_at, c.campaign
from jsonb_to_recordset(:rows::jsonb) as c (
    subscriber bigint, list bigint, kind text, action text, happened_at timestamptz,
    due_at timestamptz, campaign text)
on conflict do nothing;

-- Reach

-- reach [sqlite]: Count a list by what keeps its people from being mailed; "" where nothing does.
select why, count(*) from (
    select case
        when m.status = 'unsubscribed' or s.reason = 'unsubscribed' then 'unsubscribed'
        when s.reason = 'resting' then 'resting'
        when s.reason is not null then 'suppressed'
        when :needs_ground = 0 or m.consented_at is not null then ''
        when m.transaction_ended_at is null then 'no consent'
        when m.transaction_ended_at < :expired_before then 'transaction over'
        else '' end as why
    from audience_membership m
    join audience_subscriber p on p.id = m.subscriber_id
    left join (
        select address, reason, max((scope = 'all') * 1000000000000000000 + since) from ledger_suppression
        where scope = 'all' or scope in (select value from json_each(:scopes))
        group by address
    ) s on s.address = p.address
    where m.list_id = :list) as judged
group by why;

-- reach [postgresql]: The same.
select why, count(*) from (
    select case
        when m.status = 'unsubscribed' or s.reason = 'unsubscribed' then 'unsubscribed'
        when s.reason = 'resting' then 'resting'
        when s.reason is not null then 'suppressed'
        when :needs_ground = 0 or m.consented_at is not null then ''
        when m.transaction_ended_at is null then 'no consent'
        when m.transaction_ended_at < cast(:expired_before as timestamptz) then 'transaction over'
        else '' end as why
    from audience_membership m
    join audience_subscriber p on p.id = m.subscriber_id
    left join (
        select distinct on (address) address, reason from ledger_suppression
        where scope = 'all' or scope = any(:scopes::text[])
        order by address, scope = 'all' desc, since desc
    ) s on s.address = p.address
    where m.list_id = :list) as judged
group by why;
