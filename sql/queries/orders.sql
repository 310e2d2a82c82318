-- Orders as the shop states them: one staging table a batch, a handful of set-wise statements.

-- name: stage()#
-- Where a batch lands by COPY; each row comes with the numbers its order and promise would have if new.
create temporary table if not exists staged_orders (
    line integer, shop_id integer, order_ref text collate "C", told_minor bigint, currency text, courier text collate "C",
    awb text, awb_key text collate "C", ordered_at timestamptz, language text, customer_name text, email text, phone text,
    street text, city text, postcode text, region text, country text, pickup_point text, goods_total bigint,
    shipping_fee bigint, cod_fee bigint, discount bigint, promised_on date, told_at timestamptz, told_by text, account text,
    service text, parcel_cod bigint, cancelled_at timestamptz, replaces text, extra jsonb,
    order_id bigint default nextval('orders_id_seq'), promise_id bigint default nextval('promises_id_seq'),
    fingerprint bigint generated always as (hash_record_extended(row(
        told_minor, currency, promised_on, street, city, postcode, region, country, pickup_point, told_at), 0)) stored
);
create temporary table if not exists staged_refs (
    line integer, order_id bigint, fresh boolean, binding boolean, first_of_waybill boolean
);
create temporary table if not exists touched_orders (order_id bigint, line integer, what text);
truncate staged_orders, staged_refs, touched_orders;

-- name: resolve_differing()!
-- For every row its order where each row names its own: the one known, or the new one it makes.
insert into staged_refs
select s.line, coalesce(o.id, s.order_id), o.id is null, o.id is null, true
from staged_orders s
left join orders o on o.order_ref = s.order_ref and o.shop_id = s.shop_id;

-- name: any_known()$
-- Whether a row's order was known before.
select exists (select from staged_refs where not fresh);

-- name: drop_promises_of(lines)!
-- Rows refused after their orders went in: what they alone brought is taken out again.
delete from promises p using staged_refs r where r.line = any(:lines::integer[]) and r.binding and p.order_id = r.order_id;

-- name: drop_orders_of(lines)!
-- And the orders themselves, which nothing else has named yet.
delete from orders o using staged_refs r where r.line = any(:lines::integer[]) and r.binding and o.id = r.order_id;

-- name: resolve(now)!
-- For every row its order: the one known, or the new one that the newest telling of the batch makes
-- (binding: the newest told, then the last in the file); and whether it is the first to name its waybill.
insert into staged_refs
select line, coalesce(known, first_value(order_id) over told), known is null,
    known is null and row_number() over told = 1, row_number() over (partition by awb_key, courier, shop_id order by line) = 1
from (
    select s.line, s.shop_id, s.order_ref, s.courier, s.awb_key, s.told_at, s.order_id, o.id as known
    from staged_orders s
    left join orders o on o.order_ref = s.order_ref and o.shop_id = s.shop_id
) s
window told as (partition by order_ref, shop_id order by coalesce(told_at, :now) desc, line desc);

-- name: any_waybill_taken()$
-- Whether a waybill of the batch stands with another order, in the file or from before.
select exists (
    select from staged_orders s
    join parcels p on (p.shop_id, p.courier, p.awb_key) = (s.shop_id, s.courier, s.awb_key)
    join orders o on o.id = p.order_id
    where o.order_ref <> s.order_ref
);

-- name: forget_doubled_waybills()
-- A waybill named for two orders in one file is clear for neither but the first, and those known to have had it.
delete from staged_orders late
using (
    select distinct on (shop_id, courier, awb_key) shop_id, courier, awb_key, order_ref, line
    from staged_orders order by shop_id, courier, awb_key, line
) first
where (late.shop_id, late.courier, late.awb_key) = (first.shop_id, first.courier, first.awb_key)
  and late.order_ref <> first.order_ref
  and not exists (
      select from parcels own join orders o on o.id = own.order_id
      where (own.shop_id, own.courier, own.awb_key) = (late.shop_id, late.courier, late.awb_key) and o.order_ref = late.order_ref)
returning late.line, late.awb, first.order_ref;

-- name: forget_taken_waybills(now)
-- A waybill that already belongs to another order cannot belong to this one, unless that parcel's
-- journey ended long ago and the courier has given its number out again, or it was this one's before.
delete from staged_orders late
using parcels held, orders owner
where (held.shop_id, held.courier, held.awb_key) = (late.shop_id, late.courier, late.awb_key)
  and owner.id = held.order_id and owner.order_ref <> late.order_ref
  and held.generation = (
      select max(generation) from parcels newest
      where (newest.shop_id, newest.courier, newest.awb_key) = (late.shop_id, late.courier, late.awb_key))
  and not (held.status in ('delivered', 'returned', 'cancelled', 'lost')
           and held.event_at < coalesce(late.ordered_at, late.told_at, :now) - interval '60 days')
  and not exists (
      select from parcels own join orders o on o.id = own.order_id
      where (own.shop_id, own.courier, own.awb_key) = (late.shop_id, late.courier, late.awb_key) and o.order_ref = late.order_ref)
returning late.line, late.awb, owner.order_ref;

-- name: start_generations(now)!
-- The number was given out again: the old journey stays as it is, the new one begins.
insert into parcels (shop_id, courier, awb, awb_key, generation, first_seen_at)
select distinct on (late.shop_id, late.courier, late.awb_key)
       late.shop_id, late.courier, late.awb, late.awb_key, held.generation + 1, coalesce(late.ordered_at, late.told_at, :now)
from staged_orders late
join parcels held on (held.shop_id, held.courier, held.awb_key) = (late.shop_id, late.courier, late.awb_key)
join orders owner on owner.id = held.order_id and owner.order_ref <> late.order_ref
where held.generation = (
      select max(generation) from parcels newest
      where (newest.shop_id, newest.courier, newest.awb_key) = (late.shop_id, late.courier, late.awb_key))
  and not exists (
      select from parcels own join orders o on o.id = own.order_id
      where (own.shop_id, own.courier, own.awb_key) = (late.shop_id, late.courier, late.awb_key) and o.order_ref = late.order_ref)
order by late.shop_id, late.courier, late.awb_key, late.line
on conflict do nothing;

-- name: insert_new_orders(now)!
-- Orders not seen before, following the promise that binds.
insert into orders (id, shop_id, order_ref, ordered_at, language, customer_name, email, phone, goods_total,
    shipping_fee, cod_fee, discount, cancelled_at, extra, imported_at, promise_id, told_minor, currency, promised_on, told_at)
select r.order_id, shop_id, order_ref, ordered_at, language, customer_name, email, phone, goods_total,
    shipping_fee, cod_fee, discount, cancelled_at, extra, :now, promise_id, told_minor, currency, promised_on,
    coalesce(told_at, :now)
from staged_orders s join staged_refs r using (line)
where r.binding;

-- name: insert_new_promises(now)!
-- The promise that binds for each new order.
insert into promises (id, order_id, told_minor, currency, promised_on, street, city, postcode, region, country,
    pickup_point, told_at, told_by, fingerprint)
select promise_id, r.order_id, told_minor, currency, promised_on, street, city, postcode, region, country,
    pickup_point, coalesce(told_at, :now), told_by, fingerprint
from staged_orders s join staged_refs r using (line)
where r.binding;

-- name: insert_promises(now)!
-- Told anew: rows of known orders whose amount, day or address (or time of telling) was not told before.
with told as (
    select distinct on (r.order_id, s.fingerprint) r.order_id as told_order, s.*
    from staged_orders s join staged_refs r using (line)
    where not r.binding
      and not exists (select from promises p where p.order_id = r.order_id and p.fingerprint = s.fingerprint)
    order by r.order_id, s.fingerprint, s.line desc
), added as (
    insert into promises (id, order_id, told_minor, currency, promised_on, street, city, postcode, region, country,
        pickup_point, told_at, told_by, fingerprint)
    select promise_id, told_order, told_minor, currency, promised_on, street, city, postcode, region, country, pickup_point,
        coalesce(told_at, :now), told_by, fingerprint
    from told order by line
    on conflict (order_id, fingerprint) do nothing
)
insert into touched_orders
select told_order, line, 'promise' from told;

-- name: follow_newest_promise()!
-- The order's row follows the promise that binds now, and the row that told it.
update orders o
set promise_id = p.id, told_minor = p.told_minor, currency = p.currency, promised_on = p.promised_on, told_at = p.told_at,
    goods_total = coalesce(s.goods_total, o.goods_total), shipping_fee = coalesce(s.shipping_fee, o.shipping_fee),
    cod_fee = coalesce(s.cod_fee, o.cod_fee), discount = coalesce(s.discount, o.discount),
    customer_name = coalesce(s.customer_name, o.customer_name), email = coalesce(s.email, o.email),
    phone = coalesce(s.phone, o.phone), language = coalesce(s.language, o.language)
from (
    select distinct on (p.order_id) p.* from promises p
    where p.order_id in (select order_id from touched_orders where what = 'promise')
    order by p.order_id, p.told_at desc, p.id desc
) p, staged_orders s, touched_orders t
where o.id = p.order_id and t.order_id = o.id and t.what = 'promise' and s.line = t.line
  and s.fingerprint = p.fingerprint and o.promise_id <> p.id;

-- name: cancel()!
-- A cancellation is taken once; an older file without it does not take it back.
with gone as (
    update orders o set cancelled_at = s.cancelled_at
    from staged_orders s
    where o.shop_id = s.shop_id and o.order_ref = s.order_ref and s.cancelled_at is not null and o.cancelled_at is null
    returning o.id, s.line
)
insert into touched_orders select id, line, 'cancelled' from gone;

-- name: insert_parcels(now)$
-- Parcels not seen before, with what was booked; a parcel the courier named first is taken in by its order.
with made as (
    insert into parcels (shop_id, courier, awb, awb_key, order_id, account, service, replaces, first_seen_at,
        told_alone, told_currency, claim_minor, claim_currency, claim_state, claim_source, claim_at)
    select shop_id, courier, awb, awb_key, r.order_id, account, service, replaces, coalesce(ordered_at, :now),
        told_minor, currency, parcel_cod, case when parcel_cod is not null then currency end,
        case when parcel_cod is not null then 'to_collect' end, case when parcel_cod is not null then 'booked' end,
        case when parcel_cod is not null then :now::timestamptz end
    from staged_orders s join staged_refs r using (line)
    where r.first_of_waybill
    on conflict (awb_key, courier, shop_id, generation) do nothing
    returning id, order_id, claim_minor, claim_currency
), claimed as (
    insert into claims (parcel_id, minor, currency, state, source, seen_at)
    select id, claim_minor, claim_currency, 'to_collect', 'booked', :now from made where claim_minor is not null
), changed as (
    insert into changes select id, 1 from made where claim_minor is not null
)
select count(*) from made;

-- name: adopt_parcels()
-- The courier spoke of these first; now we know whose they are.
with adopted as (
    update parcels p set order_id = o.id, account = coalesce(p.account, s.account), service = coalesce(p.service, s.service),
        replaces = coalesce(p.replaces, s.replaces), awb = s.awb
    from staged_orders s join orders o on o.shop_id = s.shop_id and o.order_ref = s.order_ref
    where (p.shop_id, p.courier, p.awb_key) = (s.shop_id, s.courier, s.awb_key) and p.order_id is null
      and p.generation = (select max(generation) from parcels n where (n.shop_id, n.courier, n.awb_key) = (p.shop_id, p.courier, p.awb_key))
    returning p.id, p.order_id, s.line
), followers as (
    update parcels child set order_id = adopted.order_id from adopted
    where child.root_id = adopted.id and child.order_id is null
), changed as (
    insert into changes select id, 15 from adopted
)
select line from adopted;

-- name: tell_parcels()!
-- What each parcel's row repeats of its order: the told amount, where it is the order's only parcel.
update parcels p set told_alone = t.told_minor, told_currency = t.currency
from (
    select p.id, case when o.siblings = 1 then o.told_minor end as told_minor, o.currency
    from (
        select o.id, o.told_minor, o.currency, count(*) as siblings
        from (select distinct shop_id, order_ref from staged_orders) s
        join orders o on o.shop_id = s.shop_id and o.order_ref = s.order_ref
        join parcels p on p.order_id = o.id and p.root_id is null
        group by o.id
    ) o
    join parcels p on p.order_id = o.id and p.root_id is null
) t
where p.id = t.id and (p.told_alone, p.told_currency) is distinct from (t.told_minor, t.currency);

-- name: book_claims(now)
-- What was booked stands until the courier says otherwise; a booking told before is not told anew.
with booked as (
    select distinct on (p.id) p.id, s.parcel_cod, s.currency, s.line
    from staged_orders s
    join parcels p on (p.shop_id, p.courier, p.awb_key) = (s.shop_id, s.courier, s.awb_key)
    join orders o on o.id = p.order_id and o.order_ref = s.order_ref
    where s.parcel_cod is not null
      and not exists (select from claims c where c.parcel_id = p.id and c.source = 'booked'
                      and c.minor = s.parcel_cod and c.currency = s.currency)
    order by p.id, s.line desc
), claimed as (
    insert into claims (parcel_id, minor, currency, state, source, seen_at)
    select id, parcel_cod, currency, 'to_collect', 'booked', :now from booked
), current as (
    update parcels p set claim_minor = b.parcel_cod, claim_currency = b.currency, claim_source = 'booked',
        claim_state = coalesce(p.claim_state, 'to_collect'), claim_at = :now
    from booked b where p.id = b.id and (p.claim_minor is null or p.claim_source = 'booked')
    returning p.id
), changed as (
    insert into changes select id, 1 from current
)
select line from booked;

-- name: mark_changes()!
-- All parcels of an order told anew are judged again.
insert into changes
select distinct p.id, 7::smallint
from touched_orders t
cross join lateral (select id from parcels where order_id = t.order_id offset 0) p;

-- name: touched_lines()
select distinct line from touched_orders;
