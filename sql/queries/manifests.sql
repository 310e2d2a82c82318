-- COD statements: what couriers say they paid out, line by line.

-- name: begin(shop, courier, account, name, sha256, now)$
-- A statement seen whole before changes nothing; one whose taking in was cut off is taken up again.
insert into manifests (shop_id, courier, account, name, sha256, received_at)
values (:shop, :courier, :account, :name, :sha256, :now)
on conflict (shop_id, courier, sha256) do update set name = manifests.name
returning case when complete then null else id end;

-- name: keep_part(manifest, part, deflated)!
-- The bytes as they came, in parts.
insert into manifest_bytes (manifest_id, part, deflated) values (:manifest, :part, :deflated)
on conflict (manifest_id, part) do nothing;

-- name: finish(manifest, reference, paid_on, currency, total)!
-- What the document states of itself; from here on it counts as taken in.
update manifests set reference = :reference, paid_on = :paid_on, currency = :currency, total_minor = :total, complete = true
where id = :manifest;

-- name: stage()#
-- Where a batch of lines lands by COPY.
create temporary table if not exists staged_lines (
    awb text, awb_key text, order_ref text, collected_minor bigint, fee_minor bigint, remitted_minor bigint, currency text,
    delivered_on date, paid_on date, reference text, line integer
);
create temporary table if not exists line_parcels (
    line integer, parcel_id bigint, order_ref text, collected_minor bigint, fee_minor bigint, remitted_minor bigint,
    currency text, delivered_on date, paid_on date, reference text, meaning bigint
);
truncate staged_lines, line_parcels;

-- name: insert_unknown(shop, courier, account, now)!
-- Money for parcels no order has named: kept, and judged.
insert into parcels (shop_id, courier, awb, awb_key, account, first_seen_at)
select distinct on (s.awb_key) :shop, :courier, s.awb, s.awb_key, :account, :now
from staged_lines s
where not exists (select from parcels p where (p.shop_id, p.courier, p.awb_key) = (:shop, :courier, s.awb_key))
order by s.awb_key, s.line
on conflict do nothing;

-- name: resolve(shop, courier)$
-- The parcel each line pays for: the newest generation of its number.
with placed as (
    insert into line_parcels
    select s.line, p.id, s.order_ref, s.collected_minor, s.fee_minor, s.remitted_minor, s.currency, s.delivered_on, s.paid_on,
        s.reference, hashtextextended(
            coalesce(s.paid_on - date '2000-01-01', 0)::text || '|' || coalesce(s.reference, '') || '|' || s.currency || '|'
            || s.collected_minor::text || '|' || s.fee_minor::text || '|' || coalesce(s.remitted_minor::text, ''), 0)
    from staged_lines s
    join parcels p on p.shop_id = :shop and p.courier = :courier and p.awb_key = s.awb_key
    where p.generation = 1 or not exists (
        select from parcels n
        where n.shop_id = :shop and n.courier = :courier and n.awb_key = s.awb_key and n.generation > p.generation)
    returning 1
)
select count(*) from placed;

-- name: insert_lines(manifest)$
-- Each line once, whatever document tells it.
with fresh as (
    insert into manifest_lines (manifest_id, line, parcel_id, order_ref, collected_minor, fee_minor, remitted_minor, currency,
        delivered_on, paid_on, reference, line_key)
    select :manifest, line, parcel_id, order_ref, collected_minor, fee_minor, remitted_minor, currency, delivered_on, paid_on,
        reference, meaning
    from line_parcels
    on conflict (parcel_id, line_key) do nothing
    returning parcel_id
), changed as (
    insert into changes select parcel_id, 8 from fresh
)
select count(*) from fresh;

-- name: insert_repeated(manifest)$
-- The same line again within one document is a second payout; told by another document it is the first one again.
with repeated as (
    select l.*, row_number() over (partition by l.parcel_id, l.meaning order by l.line)
        + (select count(*) from manifest_lines m where m.manifest_id = :manifest and m.parcel_id = l.parcel_id
           and m.line < (select min(line) from line_parcels) and m.paid_on is not distinct from l.paid_on
           and m.reference is not distinct from l.reference and m.collected_minor = l.collected_minor
           and m.fee_minor = l.fee_minor and m.remitted_minor is not distinct from l.remitted_minor) as nth
    from line_parcels l
), fresh as (
    insert into manifest_lines (manifest_id, line, parcel_id, order_ref, collected_minor, fee_minor, remitted_minor, currency,
        delivered_on, paid_on, reference, line_key)
    select :manifest, line, parcel_id, order_ref, collected_minor, fee_minor, remitted_minor, currency, delivered_on, paid_on,
        reference, hashtextextended(meaning::text || '|' || nth::text, 0)
    from repeated where nth > 1
    on conflict (parcel_id, line_key) do nothing
    returning parcel_id
), changed as (
    insert into changes select parcel_id, 8 from fresh
)
select count(*) from fresh;
