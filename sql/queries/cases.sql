-- Cases as staff and scripts read them: the queue, one case with all its facts, the runs that found them.

-- name: page(kind, states, courier, severity, shop_id, rank, due_at, id, limit)
-- One page of the queue after a key: each state is walked in index order by itself, so that a page
-- costs what it shows, however long the history.
select c.id, c.kind, c.state, c.severity, c.rank, s.name as shop, s.timezone, c.courier, p.awb, o.order_ref, c.told_minor,
    c.told_currency, c.asked_minor, c.asked_currency, c.explanations, c.evidence, c.opened_at, c.refreshed_at, c.due_at,
    c.closed_at, c.closed_reason, c.assignee, c.parcel_id, c.order_id
from (
    select found.*
    from unnest(:states::text[]) as wanted (state)
    cross join lateral (
        select c.*, array_position(array['urgent', 'high', 'normal', 'low'], c.severity) as rank
        from cases c
        where c.state = wanted.state
          and (array_position(array['urgent', 'high', 'normal', 'low'], c.severity), c.due_at, c.id)
              > (:rank::integer, :due_at::timestamptz, :id::bigint)
          and (:kind::text is null or c.kind = :kind)
          and (:courier::text is null or c.courier = :courier)
          and (:severity::text is null or c.severity = :severity)
          and (:shop_id::integer is null or c.shop_id = :shop_id)
        order by array_position(array['urgent', 'high', 'normal', 'low'], c.severity), c.due_at, c.id
        limit :limit::integer
    ) found
    order by found.rank, found.due_at, found.id
    limit :limit::integer
) c
join shops s on s.id = c.shop_id
left join parcels p on p.id = c.parcel_id
left join orders o on o.id = c.order_id
order by c.rank, c.due_at, c.id;

-- name: total(kind, states, courier, severity, shop_id)$
-- How many cases the filter finds in all, so that a page can say what it is a part of.
select count(*)
from cases c
where c.state = any(:states::text[])
  and (:kind::text is null or c.kind = :kind)
  and (:courier::text is null or c.courier = :courier)
  and (:severity::text is null or c.severity = :severity)
  and (:shop_id::integer is null or c.shop_id = :shop_id);

-- name: tally(states)
-- Cases by all that one can filter by; the filter bar sums it for each of its lists.
select c.kind, c.courier, c.severity, c.state, s.name as shop, c.number
from (
    select kind, courier, severity, state, shop_id, count(*) as number
    from cases where state = any(:states::text[])
    group by kind, courier, severity, state, shop_id
) c
join shops s on s.id = c.shop_id;

-- name: shops()
-- The shops there are, to check and to offer in the filter.
select id, name from shops order by name;

-- name: any_order()$
-- Whether anything was ever imported: an empty queue then means agreement, else it means a beginning.
select exists (select from orders);

-- name: one(id)^
-- One case as in the queue.
select c.id, c.kind, c.state, c.severity,
    array_position(array['urgent', 'high', 'normal', 'low'], c.severity) as rank, s.name as shop, s.timezone, c.courier,
    p.awb, o.order_ref, c.told_minor, c.told_currency, c.asked_minor, c.asked_currency, c.explanations, c.evidence,
    c.opened_at, c.refreshed_at, c.due_at, c.closed_at, c.closed_reason, c.assignee, c.parcel_id, c.order_id
from cases c
join shops s on s.id = c.shop_id
left join parcels p on p.id = c.parcel_id
left join orders o on o.id = c.order_id
where c.id = :id;

-- name: order_of(order_id)^
-- Whose order it is and what it was made of: the explanation of an amount is checked against these.
select id, order_ref, ordered_at, language, customer_name, email, phone, goods_total, shipping_fee, cod_fee, discount,
    currency, cancelled_at
from orders where id = :order_id;

-- name: promises(order_id)
-- All the customer was ever told, the promise that binds first.
select told_minor, currency, promised_on, street, city, postcode, region, country, pickup_point, told_at, told_by, reason
from promises where order_id = :order_id
order by told_at desc, id desc;

-- name: parcels(parcel_id, order_id)
-- The parcel's family and the other parcels of its order, the case's own first: COD is judged over all of them.
with family as (
    select coalesce(root_id, id) as root from parcels where id = :parcel_id
), members as (
    select p.id from parcels p join family on p.id = family.root
    union select p.id from parcels p join family on p.root_id = family.root
    union select p.id from parcels p where p.order_id = :order_id
    union select :parcel_id::bigint
)
select p.id, p.courier, p.awb, p.generation, p.role, p.replaces, p.service, p.first_seen_at, p.status, p.status_code,
    p.status_text, p.status_place, p.status_reason, p.status_at, p.tracked_at, p.delivered_at, p.expires_on, p.courier_error,
    p.claim_minor, p.claim_currency, p.claim_state, p.claim_source, p.claim_at, p.claim_paid_on, p.booked_name,
    p.booked_street, p.booked_city, p.booked_postcode, p.booked_country, p.booked_point
from parcels p
join members using (id)
order by p.id <> :parcel_id, p.id;

-- name: events(parcel_ids)
-- What the courier scanned, newest first.
select parcel_id, at, code, text, place, status, reason, informs
from events where parcel_id = any(:parcel_ids::bigint[])
order by at desc, nth desc, parcel_id desc
limit 500;

-- name: claims(parcel_ids)
-- What the courier said of the money and when, newest first.
select parcel_id, minor, currency, state, source, paid_on, reference, seen_at
from claims where parcel_id = any(:parcel_ids::bigint[])
order by seen_at desc, id desc
limit 200;

-- name: payouts(parcel_ids)
-- The statement lines that paid these parcels, newest first.
select l.parcel_id, l.line, l.collected_minor, l.fee_minor, l.remitted_minor, l.currency, l.delivered_on,
    coalesce(l.paid_on, m.paid_on) as paid_on, coalesce(l.reference, m.reference) as reference, m.name as statement,
    m.received_at
from manifest_lines l
join manifests m on m.id = l.manifest_id
where l.parcel_id = any(:parcel_ids::bigint[])
order by coalesce(l.paid_on, m.paid_on) desc nulls last, m.received_at desc, l.line
limit 200;

-- name: history(case_id)
-- What became of the case and by whom, newest first.
select at, what, actor, facts from case_history where case_id = :case_id order by id desc limit 200;

-- name: drafts(case_id)
-- The letters, the newest of each reader first.
select id, audience, language, subject, body, objections, made_at
from drafts where case_id = :case_id
order by array_position(array['call', 'courier', 'customer'], audience), made_at desc, id desc
limit 100;

-- name: runs(before, limit)
-- Reconciliations, newest first, before a given one.
select r.id, s.name as shop, s.timezone, r.business_date, r.state, r.started_at, r.finished_at, r.counts
from runs r join shops s on s.id = r.shop_id
where :before::bigint is null or r.id < :before
order by r.id desc
limit :limit::integer;

-- name: run(id)^
-- One reconciliation.
select r.id, s.name as shop, s.timezone, r.business_date, r.state, r.started_at, r.finished_at, r.counts
from runs r join shops s on s.id = r.shop_id
where r.id = :id;

-- name: steps(run_ids)
-- What each reconciliation did, in the order it did it.
select run_id, name, state, reason, seconds, started_at
from run_steps where run_id = any(:run_ids::bigint[])
order by run_id, id;

-- name: newest_runs()
-- The last reconciliation of each shop: where it was not whole, the queue may lack something.
select distinct on (r.shop_id) r.id, s.name as shop, s.timezone, r.business_date, r.state, r.started_at, r.finished_at, r.counts
from runs r join shops s on s.id = r.shop_id
where r.state <> 'running'
order by r.shop_id, r.id desc;
