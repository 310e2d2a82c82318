-- Finance's COD report: each parcel whose money moved, or should have, with all that is known of it.

-- name: begin()#
-- Whoever reads the report may pause; nothing waits for a transaction that only reads. The planner cannot
-- count what the steps below hold, and a nested loop over one of them would cost its square.
set local idle_in_transaction_session_timeout = '1h';
set local enable_nestloop = off;
set local jit = off;

-- name: rows(shop_id, courier, first, last)
-- One row a parcel, its family folded into it (a second one where its amounts are in two currencies, which
-- are never added). Amounts are the parcel's whole story as it stands, not only what fell into the period.
with touched as (
    -- Delivered in the period, or paid by the courier's own word.
    select coalesce(p.root_id, p.id) as id
    from parcels p
    join shops s on s.id = p.shop_id
    where (:shop_id::integer is null or p.shop_id = :shop_id)
      and (:courier::text is null or p.courier = :courier)
      and ((p.delivered_at at time zone s.timezone)::date between :first::date and :last::date
           or p.claim_paid_on between :first::date and :last::date)
    union
    -- Paid by a statement's line; a payout without a day counts on the day its statement came.
    select coalesce(p.root_id, p.id)
    from manifest_lines l
    join manifests m on m.id = l.manifest_id
    join parcels p on p.id = l.parcel_id
    join shops s on s.id = p.shop_id
    where (:shop_id::integer is null or p.shop_id = :shop_id)
      and (:courier::text is null or p.courier = :courier)
      and (l.delivered_on between :first::date and :last::date
           or coalesce(l.paid_on, m.paid_on, case when l.remitted_minor is not null then (m.received_at at time zone s.timezone)::date end)
              between :first::date and :last::date)
), scope as materialized (
    -- What was told is told for the order: its other parcels are needed to say which part falls on this one.
    select id from touched
    union
    select sibling.id
    from touched
    join parcels p on p.id = touched.id
    join parcels sibling on sibling.order_id = p.order_id and sibling.root_id is null
), members as materialized (
    select id as root, id as parcel_id from scope
    union all
    select c.root_id, c.id from scope join parcels c on c.root_id = scope.id
), families as (
    select c.root_id as id,
        (array_agg(c.id order by c.event_at desc nulls last, c.id desc) filter (where c.role = 'redirect' and c.event_at is not null))[1] as leg_id,
        (array_agg(c.claim_minor order by c.id desc) filter (where c.role = 'redirect' and c.claim_minor is not null))[1] as leg_claim,
        bool_or(c.role = 'return' and c.status in ('delivered', 'returned')) as returned,
        sum(c.claim_minor) filter (where c.role = 'piece' and c.status not in ('cancelled', 'returning', 'returned', 'lost'))::bigint as pieces_claim,
        max(c.claim_currency) filter (where c.role in ('redirect', 'piece') and c.claim_minor > 0) as legs_currency,
        max(c.claim_state) filter (where c.claim_state = 'remitted') as remitted,
        max(c.claim_paid_on) filter (where c.claim_state = 'remitted') as paid_on
    from scope join parcels c on c.root_id = scope.id
    group by c.root_id
), lines as materialized (
    -- What statements say, by currency. Collected money that is announced and later paid is told twice, and counted once.
    select m.root as id, l.currency,
        coalesce(sum(l.collected_minor) filter (where l.remitted_minor is not null), max(l.collected_minor))::bigint as collected,
        sum(l.fee_minor) filter (where l.remitted_minor is not null)::bigint as fee,
        sum(l.remitted_minor)::bigint as remitted,
        max(l.delivered_on) as delivered_on,
        max(coalesce(l.paid_on, d.paid_on)) filter (where l.remitted_minor is not null) as paid_on,
        bool_or(coalesce(l.paid_on, d.paid_on, case when l.remitted_minor is not null then (d.received_at at time zone s.timezone)::date end)
                between :first::date and :last::date) as paid_then,
        string_agg(distinct coalesce(l.reference, d.reference), ', ') as reference,
        string_agg(distinct d.name, ', ') as statement
    from members m
    join manifest_lines l on l.parcel_id = m.parcel_id
    join manifests d on d.id = l.manifest_id
    join shops s on s.id = d.shop_id
    group by m.root, l.currency
), moved as materialized (
    select id, bool_or(coalesce(paid_then, false) or coalesce(delivered_on between :first::date and :last::date, false)) as then
    from lines group by id
), standing as (
    select p.id, p.shop_id, p.courier, p.account, p.awb, p.order_id, p.replaces,
        case when f.returned then 'returned' else coalesce(leg.status, p.status) end as status,
        coalesce(leg.delivered_at, p.delivered_at) as delivered_at,
        case when f.leg_claim is not null then f.leg_claim + coalesce(f.pieces_claim, 0)
             when p.claim_minor is not null then p.claim_minor + coalesce(f.pieces_claim, 0)
             else f.pieces_claim end as asked,
        coalesce(f.legs_currency, p.claim_currency) as asked_currency,
        coalesce(f.remitted, p.claim_state) as claim_state,
        coalesce(p.claim_paid_on, f.paid_on) as claim_paid_on
    from scope
    join parcels p on p.id = scope.id
    left join families f on f.id = p.id
    left join parcels leg on leg.id = f.leg_id
), weighed as (
    -- How much of the order's COD was put on each of its parcels: what the courier asks, else what it collected.
    select t.*, o.told_minor, o.currency as told_currency,
        case when ended then 0
             when t.asked_currency = o.currency and t.asked is not null then t.asked
             else coalesce(l.collected, 0) end as weight
    from (select *, status in ('cancelled', 'returning', 'returned', 'lost') as ended from standing) t
    left join orders o on o.id = t.order_id
    left join lines l on l.id = t.id and l.currency = o.currency
), shared as (
    -- The told amount goes to the order's live parcels in turn, as far as it reaches; what nobody asks for stays on the
    -- first. For one that came back, was cancelled or lost nobody is to pay.
    select w.*,
        case when w.order_id is null then null when w.ended then 0 else
            greatest(0, least(w.weight, w.told_minor - coalesce(sum(w.weight) over before, 0)))
            + case when row_number() over turn = 1 then greatest(0, w.told_minor - sum(w.weight) over (partition by w.order_id)) else 0 end
        end::bigint as told
    from weighed w
    window turn as (partition by w.order_id order by w.ended, w.replaces is not null, w.weight desc, w.id),
        before as (turn rows between unbounded preceding and 1 preceding)
), amounts as (
    select each.id, each.currency, max(each.told)::bigint as told, max(each.asked)::bigint as asked
    from (
        select id, told_currency as currency, told, null::bigint as asked from shared where order_id is not null
        union all
        select id, coalesce(asked_currency, told_currency), null, asked from shared where asked > 0
        union all
        select id, coalesce(told_currency, asked_currency), null, 0 from shared where asked = 0
        union all
        select id, currency, null, null from lines
    ) each
    where each.currency is not null
    group by each.id, each.currency
), live_cases as (
    select c.about, c.by_order, string_agg(c.kind, ', ' order by c.kind) as kinds
    from cases c where c.state in ('open', 'waiting')
    group by c.about, c.by_order
)
select shops.name as shop, s.courier, s.account, s.awb, o.order_ref,
    (o.ordered_at at time zone shops.timezone)::date as ordered_on, day.delivered_on, a.told, a.asked,
    coalesce(l.collected, word.collected) as collected, l.fee, coalesce(l.remitted, word.remitted) as remitted, a.currency,
    coalesce(l.remitted, word.remitted, 0) + coalesce(l.fee, 0) - coalesce(a.told, 0) as difference,
    coalesce(l.paid_on, word.paid_on) as paid_on, coalesce(l.reference, word.reference) as reference, l.statement, s.status,
    concat_ws(', ', of_order.kinds, of_parcel.kinds) as open_cases
from amounts a
join shared s on s.id = a.id
join shops on shops.id = s.shop_id
left join orders o on o.id = s.order_id
left join lines l on l.id = a.id and l.currency = a.currency
left join moved on moved.id = a.id
left join live_cases of_order on of_order.by_order and of_order.about = s.order_id
left join live_cases of_parcel on not of_parcel.by_order and of_parcel.about = s.id
cross join lateral (
    select coalesce((s.delivered_at at time zone shops.timezone)::date, l.delivered_on) as delivered_on) day
-- A courier that has no statements tells of its payouts parcel by parcel; such a word stands where no line does.
cross join lateral (
    select case when said.alone then s.asked end as collected,
        case when said.alone and s.claim_state = 'remitted' then s.asked end as remitted,
        case when said.alone and s.claim_state = 'remitted' then s.claim_paid_on end as paid_on,
        case when said.alone and s.claim_state = 'remitted' then (
            select c.reference from claims c where c.parcel_id = s.id and c.state = 'remitted' order by c.id desc limit 1) end as reference
    from (select moved.id is null and s.claim_state in ('collected', 'remitted')
              and a.currency = coalesce(s.asked_currency, s.told_currency) as alone) said) word
where (coalesce(a.told, 0) <> 0 or coalesce(a.asked, 0) <> 0 or l.id is not null)
  and (:courier::text is null or s.courier = :courier)
  and (day.delivered_on between :first::date and :last::date
       or s.claim_paid_on between :first::date and :last::date and s.claim_state = 'remitted'
       or moved.then)
order by shops.name, s.courier, s.awb, s.id, a.currency;
