-- Detection: which parcels to judge, everything a rule reads about them in one row, and what
-- becomes of the rules' answers.

-- name: stage()#
-- The settings and the tables one detection works with; they end with its transaction.
create temporary table shop_rules (
    shop_id integer, zone text, country text, not_picked_up_after integer, pickup_expiring integer, cod_clock interval
) on commit drop;
create temporary table courier_rules (
    shop_id integer, courier text, country text, zone text, payout_days integer, storage_days integer,
    next_working_day timestamptz
) on commit drop;
create temporary table rules (kind text, by_order boolean, reads integer) on commit drop;
create temporary table patience (shop_id integer, courier text, status text, code text, days integer) on commit drop;
create temporary table findings (
    kind text, about bigint, parcel_id bigint, severity text, due_at timestamptz, told_minor bigint, told_currency text,
    asked_minor bigint, asked_currency text, evidence jsonb
) on commit drop;

-- name: scope(shops, now)!
-- What changed since the last look, and what came due by the clock (16), of these shops; a waybill that
-- followed another is judged as part of its family. Parcels are looked up one by one: how many changed, no
-- statistics tell, and a join could read them all.
create temporary table scope on commit drop as
with taken as (
    delete from changes c
    where (select p.shop_id from parcels p where p.id = c.parcel_id) = any(:shops::integer[])
    returning c.parcel_id, c.what
), seen as (
    select parcel_id, what from taken
    union all
    select d.parcel_id, 16 from deadlines d
    where d.look_at <= :now and (select p.shop_id from parcels p where p.id = d.parcel_id) = any(:shops::integer[])
), rooted as (
    select p.parcel_id, p.order_id, bit_or(seen.what) as what
    from seen
    cross join lateral (
        select coalesce(root_id, id) as parcel_id, order_id from parcels where id = seen.parcel_id offset 0) p
    group by 1, 2
)
select parcel_id, order_id, bit_or(what) as what from rooted group by 1, 2;

-- name: count_scope()#
-- The planner needs to know how many there are.
analyze scope;

-- name: widen()!
-- COD is compared per order: the other parcels of an order that changed are judged with it.
insert into scope
select distinct p.id, p.order_id, 0
from scope s
join parcels p on p.order_id = s.order_id and p.root_id is null
where not exists (select from scope known where known.parcel_id = p.id);

-- name: unread_addresses()
-- Places that changed on either side, for the comparison that words and scripts need. Where a parcel waits or
-- was handed over is a place the courier states too.
select p.id, p.courier, t.street, t.city, t.postcode, t.region, t.pickup_point,
    p.booked_street, p.booked_city, p.booked_postcode, p.booked_point, p.booked_wrong,
    case when p.status in ('at_pickup_point', 'delivered') then p.status_place end as reached
from scope s
join parcels p on p.id = s.parcel_id
join orders o on o.id = p.order_id
join promises t on t.order_id = o.id and t.id = o.promise_id
where s.what & 6 > 0 and (
    s.what & 4 > 0 and coalesce(p.booked_street, p.booked_city, p.booked_postcode, p.booked_point) is not null
    or t.pickup_point is not null and p.status in ('at_pickup_point', 'delivered') and p.status_place is not null);

-- name: note_addresses(ids, verdicts)!
-- What the comparison came to: pickup_point, city, street, or nothing.
update parcels p set booked_wrong = v.verdict
from unnest(:ids::bigint[], :verdicts::text[]) as v (id, verdict)
where p.id = v.id;

-- name: families()!
-- What followed a parcel: its newest redirected leg, whether its return arrived, its pieces' COD.
create temporary table families on commit drop as
select c.root_id as parcel_id,
    (array_agg(c.id order by c.event_at desc nulls last, c.id desc) filter (where c.role = 'redirect' and c.event_at is not null))[1] as leg_id,
    (array_agg(c.claim_minor order by c.id desc) filter (where c.role = 'redirect' and c.claim_minor is not null))[1] as leg_claim,
    bool_or(c.role = 'return' and c.status in ('delivered', 'returned')) as returned,
    sum(c.claim_minor) filter (where c.role = 'piece' and c.status not in ('cancelled', 'returning', 'returned', 'lost'))::bigint as pieces_claim,
    max(c.claim_currency) filter (where c.role in ('redirect', 'piece') and c.claim_minor > 0) as legs_currency,
    bool_or(c.claim_state = 'remitted') as remitted
from parcels c
where c.root_id in (select parcel_id from scope)
group by c.root_id;

-- name: payouts()!
-- What was paid for each family: net of reversals, fees withheld counted as paid.
create temporary table payouts on commit drop as
with lines as (
    select s.parcel_id, m.collected_minor, m.fee_minor, m.remitted_minor, m.currency
    from scope s join manifest_lines m on m.parcel_id = s.parcel_id
    union all
    select c.root_id, m.collected_minor, m.fee_minor, m.remitted_minor, m.currency
    from families f
    join parcels c on c.root_id = f.parcel_id
    join manifest_lines m on m.parcel_id = c.id
)
select parcel_id,
    sum(remitted_minor + fee_minor)::bigint as paid_minor,
    sum(collected_minor)::bigint as collected_minor,
    count(remitted_minor) as paid_lines,
    min(remitted_minor + fee_minor) filter (where remitted_minor > 0) as least_minor,
    max(remitted_minor + fee_minor) filter (where remitted_minor > 0) as most_minor,
    count(*) filter (where remitted_minor > 0) as credits,
    min(currency) as paid_currency
from lines
group by parcel_id;

-- name: subjects(now)!
-- One row per family in scope with all that rules read: the family's newest word, what was told, what
-- is asked, what was paid.
create temporary table subjects on commit drop as
select p.id as parcel_id, coalesce(f.leg_id, p.id) as moving_id, s.what, p.shop_id, p.courier, p.awb, p.order_id, p.replaces, p.first_seen_at,
    case when f.returned then 'returned' else coalesce(leg.status, p.status) end as status,
    coalesce(leg.status_code, p.status_code) as status_code, coalesce(leg.status_text, p.status_text) as status_text,
    coalesce(leg.status_place, p.status_place) as status_place, coalesce(leg.status_reason, p.status_reason) as status_reason,
    coalesce(leg.status_at, p.status_at) as status_at, greatest(leg.event_at, p.event_at) as event_at,
    p.tracked_at is not null as tracked, coalesce(leg.delivered_at, p.delivered_at) as delivered_at,
    coalesce(leg.expires_on, p.expires_on) as expires_on, p.booked_wrong, p.booked_point,
    case when f.leg_claim is not null then f.leg_claim + coalesce(f.pieces_claim, 0)
         when p.claim_minor is not null then p.claim_minor + coalesce(f.pieces_claim, 0)
         else f.pieces_claim end as claim_minor,
    case when f.leg_claim is null and p.claim_minor > 0 and p.claim_currency <> o.currency then p.claim_currency
         else coalesce(f.legs_currency, p.claim_currency) end as claim_currency, p.claim_source, p.claim_at,
    case when f.remitted then 'remitted' else p.claim_state end as claim_state,
    o.order_ref, o.told_minor, o.currency, o.promised_on, o.told_at, o.ordered_at, o.cancelled_at, o.promise_id,
    y.paid_minor, y.collected_minor, coalesce(y.paid_lines, 0) as paid_lines, y.credits, y.least_minor, y.most_minor, y.paid_currency,
    cr.zone, cr.country, :now::timestamptz + sr.cod_clock as cod_due_at, cr.next_working_day,
    :now::timestamptz as now, (:now::timestamptz at time zone sr.zone)::date as today
from scope s
join parcels p on p.id = s.parcel_id
join shop_rules sr on sr.shop_id = p.shop_id
join courier_rules cr on cr.shop_id = p.shop_id and cr.courier = p.courier
left join families f on f.parcel_id = p.id
left join parcels leg on leg.id = f.leg_id
left join payouts y on y.parcel_id = p.id
left join orders o on o.id = p.order_id;

-- name: index_subjects()#
-- The planner needs to know how many there are, and a way to a case's or an order's own.
create index on subjects (order_id);
create index on subjects (parcel_id);
analyze scope;
analyze subjects;

-- name: compute_deadlines()!
-- Deadlines are counted once, when movement or promise changed, and stored; the clock does the rest. A pickup
-- point keeps a parcel from its arrival on; reminders do not prolong that.
insert into deadlines (parcel_id, stalled_at, stalled_high_at, pickup_at, expiring_at, expires_at, payout_at, late_at)
select s.parcel_id,
    after_working_days(s.country, s.zone, s.event_at, n.days),
    after_working_days(s.country, s.zone, s.event_at, 2 * n.days),
    case when s.status = 'created' then
        after_working_days(s.country, s.zone, coalesce(s.event_at, s.ordered_at, s.first_seen_at), sr.not_picked_up_after) end,
    x.ends - make_interval(days => sr.pickup_expiring),
    x.ends,
    case when s.status = 'delivered' then
        ((after_working_days(s.country, s.zone, s.delivered_at, cr.payout_days + 1) at time zone s.zone)::date + 1)::timestamp
        at time zone s.zone end,
    case when s.status not in ('delivered', 'returning', 'returned', 'cancelled', 'lost', 'damaged') then
        (s.promised_on + 1)::timestamp at time zone sr.zone end
from subjects s
join shop_rules sr on sr.shop_id = s.shop_id
join courier_rules cr on cr.shop_id = s.shop_id and cr.courier = s.courier
left join lateral (
    select days from patience n
    where n.shop_id = s.shop_id and n.courier = s.courier and n.status = s.status and (n.code is null or n.code = s.status_code)
    order by n.code nulls last limit 1) n on true
left join lateral (
    select coalesce((s.expires_on + 1)::timestamp at time zone s.zone, arrived.at + make_interval(days => cr.storage_days)) as ends
    from (
        select coalesce(min(e.at), s.status_at) as at
        from events e
        where e.parcel_id = s.moving_id and e.status = 'at_pickup_point' and not e.informs
          and not exists (select from events left_again where left_again.parcel_id = e.parcel_id and left_again.at > e.at
                          and not left_again.informs and left_again.status <> 'at_pickup_point')) arrived
    where s.status = 'at_pickup_point') x on true
where s.tracked and s.what & 7 > 0
on conflict (parcel_id) do update set
    stalled_at = excluded.stalled_at, stalled_high_at = excluded.stalled_high_at, pickup_at = excluded.pickup_at,
    expiring_at = excluded.expiring_at, expires_at = excluded.expires_at, payout_at = excluded.payout_at, late_at = excluded.late_at;

-- name: next_looks(now)!
-- When each parcel must be looked at again though nothing changed: its next deadline, or the next step of a slip.
update deadlines d set look_at = next.at
from subjects s
join shop_rules sr on sr.shop_id = s.shop_id
join deadlines own on own.parcel_id = s.parcel_id
cross join lateral (
    select min(each.at) as at
    from (values (own.stalled_at), (own.stalled_high_at), (own.pickup_at), (own.expiring_at), (own.expires_at), (own.payout_at),
        (own.late_at),
        (case when own.late_at is not null then (s.promised_on + 3)::timestamp at time zone sr.zone end),
        (case when own.late_at is not null then (s.promised_on + 5)::timestamp at time zone sr.zone end)) as each (at)
    where each.at > :now) next
where d.parcel_id = s.parcel_id and d.look_at is distinct from next.at;

-- name: sum_orders()!
-- What couriers ask for an order in all, over its live families; unknown claims are counted, not guessed.
create temporary table order_sums on commit drop as
select s.order_id, min(s.shop_id) as shop_id, min(s.country) as country, min(s.told_minor) as told_minor, min(s.currency) as currency,
    coalesce(sum(s.claim_minor), 0)::bigint as asked_minor,
    count(*) filter (where s.claim_minor is null) as silent,
    count(*) filter (where s.claim_minor > 0) as asking,
    max(s.claim_currency) filter (where s.claim_minor > 0 and s.claim_currency <> s.currency) as foreign_currency,
    (array_agg(s.parcel_id order by s.claim_minor desc nulls last, s.parcel_id desc))[1] as parcel_id,
    (array_agg(s.parcel_id order by s.claim_minor desc, s.parcel_id desc)
        filter (where s.replaces is not null and s.claim_minor > 0))[1] as replacement_id,
    (sum(s.claim_minor) filter (where s.replaces is not null))::bigint as replacement_minor,
    bool_or(s.status in ('out_for_delivery', 'at_pickup_point', 'delivery_attempted')) as at_the_door,
    bool_and(s.status = 'delivered') as delivered,
    bool_and(s.paid_lines > 0) and sum(s.collected_minor) = min(s.told_minor) as paid_as_told,
    case when bool_or(s.paid_lines > 0) then 'payout_line'
         when bool_or(s.status in ('out_for_delivery', 'at_pickup_point', 'delivery_attempted', 'delivered')) then 'out_for_delivery'
         when bool_or(s.status not in ('created', 'unknown')) then 'first_scan'
         else 'booked' end as gate,
    min(s.cod_due_at) as due_at, min(s.today) as today
from subjects s
where s.order_id in (select order_id from subjects where claim_minor is not null)
  and s.cancelled_at is null
  and s.status not in ('cancelled', 'returning', 'returned', 'lost')
group by s.order_id;

-- name: compare_orders()!
-- Orders whose courier asks otherwise than told, lawful cash rounding excused; with what a person needs to check it.
create temporary table order_cod on commit drop as
select c.*,
    case when c.at_the_door then 'urgent' else 'high' end as door_severity,
    case when c.delivered then 'high' else 'normal' end as low_severity,
    jsonb_build_object(
        'gate', c.gate,
        'promise', (select jsonb_build_object('told', p.told_minor, 'currency', p.currency, 'told_at', p.told_at,
                        'told_by', p.told_by, 'promised_on', p.promised_on)
                    from orders o join promises p on p.order_id = o.id and p.id = o.promise_id where o.id = c.order_id),
        'claims', (select jsonb_agg(jsonb_build_object('awb', s.awb, 'minor', s.claim_minor, 'currency', s.claim_currency,
                        'state', s.claim_state, 'source', s.claim_source, 'seen_at', s.claim_at, 'status', s.status) order by s.parcel_id)
                   from subjects s where s.order_id = c.order_id)) as evidence
from order_sums c
where (c.foreign_currency is not null or c.asked_minor <> c.told_minor)
  and not coalesce(c.paid_as_told, false)
  and (c.foreign_currency is not null
       or c.asked_minor <> lawful_cash(c.told_minor, c.currency, c.country, c.today));

-- name: compare_payouts()!
-- Families with money paid out, and what there was to pay out: the claim where the courier told one, else the promise.
create temporary table settled_payouts on commit drop as
with expected as (
    select s.*, case when s.claim_minor is not null then s.claim_minor when alone.only then s.told_minor end as due_minor,
        case when alone.only then s.told_minor else s.claim_minor end as told_here
    from subjects s
    left join (
        select order_id, count(*) as parcels from subjects where status not in ('cancelled', 'returned') group by order_id
    ) standing on standing.order_id = s.order_id
    cross join lateral (
        select coalesce(standing.parcels, 0) = (s.status not in ('cancelled', 'returned'))::int as only) alone
    where s.paid_lines > 0 and s.order_id is not null
)
select e.*, jsonb_build_object('gate', 'payout_line', 'due', e.due_minor, 'claim', e.claim_minor, 'paid', e.paid_minor,
    'currency', e.paid_currency, 'lines', e.paid_lines, 'status', e.status) as evidence
from expected e
where e.due_minor is not null
  and (e.status not in ('delivered', 'unknown') and e.tracked and e.paid_minor > 0
       or e.paid_minor <> e.due_minor and e.paid_minor <> e.told_here
          and e.paid_minor <> lawful_cash(e.due_minor, e.currency, e.country, e.today));

-- name: count_findings()#
-- The planner needs to know how many there are.
analyze rules;
analyze findings;

-- name: refresh(now)$
-- Known differences that the rules found again: kept open, with the newest facts.
with again as (
    update cases c set severity = f.severity, parcel_id = f.parcel_id, told_minor = f.told_minor, told_currency = f.told_currency,
        asked_minor = f.asked_minor, asked_currency = f.asked_currency, evidence = f.evidence, refreshed_at = :now,
        due_at = least(c.due_at, f.due_at)
    from findings f
    where c.kind = f.kind and c.about = f.about and c.state in ('open', 'waiting')
      and (c.severity, c.told_minor, c.told_currency, c.asked_minor, c.asked_currency, c.evidence - 'clock')
          is distinct from (f.severity, f.told_minor, f.told_currency, f.asked_minor, f.asked_currency, f.evidence - 'clock')
    returning c.id, c.severity, c.told_minor, c.asked_minor
), noted as (
    insert into case_history (case_id, at, what, actor, facts)
    select id, :now, 'refreshed', 'detection', jsonb_build_object('severity', severity, 'told', told_minor, 'asked', asked_minor) from again
)
select count(*) from again;

-- name: settle(now)$
-- Live cases of the rules that ran whose subject was judged and found in order: the facts agree again. A parcel
-- that only went on to an unknown status is not in order: that ends no case about it.
with agreed as (
    update cases c set state = 'settled', closed_at = :now, closed_reason = 'the facts agree again'
    from rules r, (
        select parcel_id, order_id as about, true as by_order, status, what from subjects
        union all
        select parcel_id, parcel_id, false, status, what from subjects) s
    where c.state in ('open', 'waiting') and r.kind = c.kind and c.about = s.about and c.by_order = s.by_order
      and (c.by_order or s.status <> 'unknown' or r.reads & s.what & ~18 > 0)
      and not exists (select from findings f where f.kind = c.kind and f.about = c.about)
    returning c.id, s.parcel_id
), noted as (
    insert into case_history (case_id, at, what, actor, facts)
    select distinct on (a.id) a.id, :now, 'settled', 'detection', jsonb_build_object(
        'status', s.status, 'told', s.told_minor, 'asked', s.claim_minor, 'asked_from', s.claim_source, 'paid', s.paid_minor,
        'event_at', s.event_at)
    from agreed a join subjects s on s.parcel_id = a.parcel_id
    returning 1
)
select count(*) from noted;

-- name: settle_followers(now)$
-- A waybill that has joined a family is judged with it: cases and deadlines it had alone are over.
with followers as (
    select p.id, s.parcel_id from scope s join parcels p on p.root_id = s.parcel_id
), unwatched as (
    delete from deadlines d using followers f where d.parcel_id = f.id
), joined as (
    update cases c set state = 'settled', closed_at = :now, closed_reason = 'the parcel is judged with its family'
    from followers f
    where c.about = f.id and not c.by_order and c.state in ('open', 'waiting')
    returning c.id, f.parcel_id
), noted as (
    insert into case_history (case_id, at, what, actor, facts)
    select id, :now, 'settled', 'detection', jsonb_build_object('family', parcel_id) from joined
)
select count(*) from joined;

-- name: open(now)
-- Differences not known yet. One that staff dismissed stays dismissed while its amounts stay the same.
with fresh as (
    insert into cases (kind, about, by_order, shop_id, parcel_id, order_id, courier, severity, told_minor, told_currency, asked_minor,
        asked_currency, evidence, opened_at, refreshed_at, due_at)
    select f.kind, f.about, r.by_order, p.shop_id, p.id, p.order_id, p.courier, f.severity,
        f.told_minor, f.told_currency, f.asked_minor, f.asked_currency, f.evidence, :now, :now, f.due_at
    from findings f
    join parcels p on p.id = f.parcel_id
    join rules r on r.kind = f.kind
    where not exists (
        select from cases d
        where d.kind = f.kind and d.about = f.about and d.state = 'dismissed'
          and (d.told_minor, d.asked_minor) is not distinct from (f.told_minor, f.asked_minor))
    on conflict (kind, about) where state in ('open', 'waiting') do nothing
    returning id, kind
), noted as (
    insert into case_history (case_id, at, what, actor) select id, :now, 'opened', 'detection' from fresh
)
select kind, count(*) as cases from fresh group by kind order by kind;

-- name: unexplained(now)
-- Cases this detection opened or refreshed, with what could explain each: fees, discount, older promises,
-- and another order asked exactly what this one was told; that other one is explained anew with it.
with fresh as materialized (
    select id, shop_id, by_order, told_minor, asked_minor from cases
    where refreshed_at = :now and state in ('open', 'waiting') and asked_minor is not null
), concerned as (
    select id from fresh
    union
    select twin.id
    from fresh f
    join cases twin on twin.shop_id = f.shop_id and twin.told_minor = f.asked_minor and twin.asked_minor = f.told_minor
    where f.by_order and twin.by_order and f.told_minor <> f.asked_minor and twin.state in ('open', 'waiting')
)
select c.id, c.kind, c.told_minor, c.told_currency, c.asked_minor, c.asked_currency,
    o.shipping_fee, o.cod_fee, o.discount,
    array(select distinct p.told_minor from promises p
          where p.order_id = o.id and p.id <> o.promise_id and p.currency = o.currency and p.told_minor <> o.told_minor) as older,
    c.told_minor <> c.asked_minor and exists (
            select from cases twin
            where twin.shop_id = c.shop_id and twin.state in ('open', 'waiting') and twin.by_order and twin.id <> c.id
              and twin.told_minor = c.asked_minor and twin.asked_minor = c.told_minor
              and twin.told_currency = c.told_currency) as swapped
from concerned
join cases c using (id)
join orders o on o.id = c.order_id;

-- name: explain(ids, explanations)!
-- Sets what explains each case, likeliest first; texts joined by a comma.
update cases c set explanations = string_to_array(e.names, ',')
from unnest(:ids::bigint[], :explanations::text[]) as e (id, names)
where c.id = e.id and c.explanations is distinct from string_to_array(e.names, ',');
