-- What couriers say of parcels: reports, their events and links, recorded set-wise.

-- name: stage()#
-- Where reports land by COPY; nth ties a report's events and links to it.
create temporary table if not exists staged_reports (
    nth integer, awb text, awb_key text, status text, error text, tracked boolean, registered_at timestamptz, expires_on date,
    event_at timestamptz, status_at timestamptz, status_code text, status_text text, status_place text, status_reason text,
    delivered_at timestamptz, has_claim boolean, claim_minor bigint, claim_currency text, claim_state text,
    claim_paid_on date, claim_reference text, name text, street text, city text, postcode text, country text, point text
);
create temporary table if not exists staged_events (
    nth integer, place_in_report smallint, at timestamptz, code text, text text, place text, status text, reason text, informs boolean
);
create temporary table if not exists staged_links (nth integer, awb text, awb_key text, why text);
create temporary table if not exists report_parcels (nth integer, parcel_id bigint, known boolean, since timestamptz);
create temporary table if not exists report_changes (parcel_id bigint, what smallint);
create temporary table if not exists fresh_parcels (parcel_id bigint);
truncate staged_reports, staged_events, staged_links, report_parcels, report_changes, fresh_parcels;

-- name: insert_unknown(shop, courier, account, now)!
-- Parcels no order has named yet: kept, so that nothing the courier says is lost. Each waybill is looked up in the
-- index; a join would trust statistics that a table just filled does not have.
with made as (
    insert into parcels (shop_id, courier, awb, awb_key, account, first_seen_at)
    select distinct on (r.awb_key) :shop, :courier, r.awb, r.awb_key, :account, coalesce(r.registered_at, :now)
    from staged_reports r
    where (select p.id from parcels p where (p.shop_id, p.courier, p.awb_key) = (:shop, :courier, r.awb_key) limit 1) is null
    order by r.awb_key, r.nth
    on conflict do nothing
    returning id
)
insert into fresh_parcels select id from made;

-- name: resolve(shop, courier)!
-- The parcel each report speaks of: the newest generation of the number. A recycled number's old
-- events, from before its order, are another journey's (since).
insert into report_parcels
select r.nth, p.id, p.order_id is not null, case when p.generation > 1 then p.first_seen_at - interval '14 days' end
from staged_reports r
cross join lateral (
    select * from parcels p where (p.shop_id, p.courier, p.awb_key) = (:shop, :courier, r.awb_key)
    order by p.generation desc limit 1) p;

-- name: insert_linked(shop, courier, account, now)!
-- Waybills that followed a parcel belong to its family and to its order.
insert into parcels (shop_id, courier, awb, awb_key, account, order_id, root_id, role, first_seen_at)
select distinct on (l.awb_key) :shop, :courier, l.awb, l.awb_key, :account, p.order_id, coalesce(p.root_id, p.id), l.why, :now
from staged_links l
join report_parcels m on m.nth = l.nth
join parcels p on p.id = m.parcel_id
where l.awb_key <> p.awb_key
order by l.awb_key, l.nth
on conflict do nothing;

-- name: join_families(shop, courier)!
-- A waybill first met alone joins its family once a courier says whose it is.
with joined as (
    update parcels child set root_id = coalesce(p.root_id, p.id), role = l.why, order_id = coalesce(child.order_id, p.order_id)
    from staged_links l
    join report_parcels m on m.nth = l.nth
    join parcels p on p.id = m.parcel_id
    where (child.shop_id, child.courier, child.awb_key) = (:shop, :courier, l.awb_key)
      and child.id <> p.id and child.root_id is null and child.role = 'own'
      and not exists (select from parcels below where below.root_id = child.id)
    returning coalesce(p.root_id, p.id) as root_id
)
insert into report_changes select root_id, 7 from joined;

-- name: insert_events(now)$
-- Only events not known yet; a parcel's own time and code name an event.
with fresh as (
    insert into events (parcel_id, at, code, text, place, status, reason, informs, nth, recorded_at)
    select m.parcel_id, e.at, e.code, e.text, e.place, e.status, e.reason, e.informs, e.place_in_report, :now
    from staged_events e join report_parcels m on m.nth = e.nth
    where m.since is null or e.at >= m.since
    order by m.parcel_id, e.at, e.place_in_report
    on conflict (parcel_id, at, code) do nothing
    returning parcel_id
), changed as (
    insert into report_changes select distinct parcel_id, 2::smallint from fresh returning 1
)
select count(*) from fresh;

-- name: move_parcels(now)!
-- The current row follows the newest word: an answer older than what is known moves nothing, one that only
-- informs leaves the parcel where it is, and a status without any time speaks only for a parcel that has none.
with told as (
    select m.parcel_id, r.*, max(r.event_at) over (partition by m.parcel_id) as newest_at
    from staged_reports r join report_parcels m on m.nth = r.nth
    where r.tracked and r.error is null and (m.since is null or r.event_at >= m.since)
), newest as (
    select distinct on (parcel_id) * from told
    order by parcel_id, status_at desc nulls last, event_at desc nulls last, nth desc
), moved as (
    update parcels p set
        status = n.status, status_code = n.status_code, status_text = n.status_text, status_place = n.status_place,
        status_reason = n.status_reason, status_at = coalesce(n.status_at, p.status_at), event_at = greatest(p.event_at, n.newest_at),
        delivered_at = case when n.status = 'delivered' then coalesce(n.delivered_at, p.delivered_at, n.event_at, :now) end,
        expires_on = coalesce(n.expires_on, p.expires_on)
    from newest n
    where p.id = n.parcel_id
      and (n.status_at >= p.status_at
           or p.status_at is null and (n.status_at is not null or p.event_at is null or n.event_at >= p.event_at)
           or n.status_at is null and n.status not in ('created', p.status) and n.event_at >= p.event_at)
      and (p.status, p.status_code, p.status_at, p.event_at, p.expires_on) is distinct from
          (n.status, n.status_code, coalesce(n.status_at, p.status_at), greatest(p.event_at, n.newest_at),
           coalesce(n.expires_on, p.expires_on))
    returning p.id
), heard as (
    update parcels p set event_at = n.newest_at
    from newest n
    where p.id = n.parcel_id and n.newest_at > p.event_at and not exists (select from moved where moved.id = p.id)
    returning p.id
)
insert into report_changes select id, 2 from moved union all select id, 2 from heard;

-- name: note_answers(now)!
-- When the courier last answered for the parcel, and what it said if it does not know it.
with answered as (
    update parcels p set tracked_at = greatest(p.tracked_at, :now), courier_error = r.error,
        status = case when r.error is not null and p.event_at is null then 'unknown' else p.status end
    from staged_reports r join report_parcels m on m.nth = r.nth
    where p.id = m.parcel_id and r.tracked
    returning coalesce(p.root_id, p.id) as judged, p.id
), unheard_of as (
    select p.id from staged_reports r join report_parcels m on m.nth = r.nth join parcels p on p.id = m.parcel_id
    where r.tracked and r.error is not null and p.event_at is null and p.status <> 'unknown'
), never_judged as (
    insert into changes select a.judged, 2 from answered a where (select d.parcel_id from deadlines d where d.parcel_id = a.judged) is null
)
insert into report_changes select id, 2 from unheard_of;

-- name: record_claims(source, now)!
-- A claim is recorded where it says something new. Money already taken or paid is not untaken by a
-- list that still shows it as due; a state told without an amount, or by an answer older than what is
-- known, keeps the amount known. A number's old journey says nothing of its new one.
with told as (
    select distinct on (m.parcel_id) m.parcel_id, v.claim_minor, v.claim_currency, r.claim_paid_on, r.claim_reference,
        r.claim_state, p.claim_state as known_state
    from staged_reports r
    join report_parcels m on m.nth = r.nth
    join parcels p on p.id = m.parcel_id
    left join lateral (
        select r.claim_minor, r.claim_currency
        where r.event_at is null or r.event_at >= p.event_at or p.claim_minor is null or p.claim_source = 'booked') v on true
    where r.has_claim and (m.since is null or r.event_at is null or r.event_at >= m.since)
    order by m.parcel_id, r.event_at desc nulls last, r.nth desc
), ranked as (
    select told.*, case
        when 'remitted' in (claim_state, known_state) then 'remitted'
        when 'collected' in (claim_state, known_state) then 'collected'
        else 'to_collect' end as state
    from told
), moved as (
    update parcels p set
        claim_minor = coalesce(r.claim_minor, p.claim_minor), claim_currency = coalesce(r.claim_currency, p.claim_currency),
        claim_state = r.state, claim_paid_on = coalesce(r.claim_paid_on, p.claim_paid_on),
        claim_source = case when r.claim_minor is null then coalesce(p.claim_source, :source) else :source end, claim_at = :now
    from ranked r
    where p.id = r.parcel_id and (
        p.claim_state is distinct from r.state
        or (r.claim_minor is not null and (p.claim_minor, p.claim_currency) is distinct from (r.claim_minor, r.claim_currency))
        or (r.claim_minor is not null and p.claim_source = 'booked'))
    returning p.id, r.claim_minor, r.claim_currency, r.state, r.claim_paid_on, r.claim_reference
), kept as (
    insert into claims (parcel_id, minor, currency, state, source, paid_on, reference, seen_at)
    select id, claim_minor, claim_currency, state, :source, claim_paid_on, claim_reference, :now from moved
)
insert into report_changes select id, 9 from moved;

-- name: record_addresses()!
-- Address on record; an answer that tells only part of it keeps the rest, one older than what is known changes none.
with told as (
    select distinct on (m.parcel_id) m.parcel_id, r.event_at, r.name, r.street, r.city, r.postcode, r.country, r.point
    from staged_reports r join report_parcels m on m.nth = r.nth
    where coalesce(r.street, r.city, r.postcode, r.country, r.point, r.name) is not null
      and (m.since is null or r.event_at is null or r.event_at >= m.since)
    order by m.parcel_id, r.event_at desc nulls last, r.nth desc
), moved as (
    update parcels p set
        booked_name = coalesce(t.name, p.booked_name), booked_street = coalesce(t.street, p.booked_street),
        booked_city = coalesce(t.city, p.booked_city), booked_postcode = coalesce(t.postcode, p.booked_postcode),
        booked_country = coalesce(t.country, p.booked_country), booked_point = coalesce(t.point, p.booked_point)
    from told t
    where p.id = t.parcel_id
      and (t.event_at is null or t.event_at >= p.event_at
           or coalesce(p.booked_name, p.booked_street, p.booked_city, p.booked_postcode, p.booked_country, p.booked_point) is null)
      and (p.booked_name, p.booked_street, p.booked_city, p.booked_postcode, p.booked_country, p.booked_point) is distinct from
          (coalesce(t.name, p.booked_name), coalesce(t.street, p.booked_street), coalesce(t.city, p.booked_city),
           coalesce(t.postcode, p.booked_postcode), coalesce(t.country, p.booked_country), coalesce(t.point, p.booked_point))
    returning p.id
)
insert into report_changes select id, 4 from moved;

-- name: hand_over_changes()^
-- What changed is judged at the next detection; the counts are of parcels.
with what as (
    select parcel_id, bit_or(what)::smallint as what from report_changes group by parcel_id
), handed as (
    insert into changes select parcel_id, what from what
    union all
    select p.root_id, what from what join parcels p on p.id = what.parcel_id where p.root_id is not null
)
select (select count(*) from what where parcel_id not in (select parcel_id from fresh_parcels)) as changed, (select count(distinct parcel_id) from report_parcels) as told;
