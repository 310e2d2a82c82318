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
-- Where a batch of lines lands by COPY. meaning is the line in figures: paid on, reference, currency, amounts.
create temporary table if not exists staged_lines (
    awb text, awb_key text collate "C", order_ref text, collected_minor bigint, fee_minor bigint, remitted_minor bigint,
    currency text, delivered_on date, paid_on date, reference text, line integer,
    meaning bigint generated always as (hashtextextended(
        coalesce(paid_on - date '2000-01-01', 0)::text || '|' || coalesce(reference, '') || '|' || currency || '|'
        || collected_minor::text || '|' || fee_minor::text || '|' || coalesce(remitted_minor::text, ''), 0)) stored
);
truncate staged_lines;

-- name: insert_unknown(shop, courier, account, now)!
-- Money for parcels no order has named: kept, and judged.
insert into parcels (shop_id, courier, awb, awb_key, account, first_seen_at)
select distinct on (s.awb_key) :shop, :courier, s.awb, s.awb_key, :account, :now
from staged_lines s
where not exists (select from parcels p where (p.shop_id, p.courier, p.awb_key) = (:shop, :courier, s.awb_key))
order by s.awb_key, s.line
on conflict do nothing;

-- name: insert_lines(shop, courier, manifest)^
-- Each line once, whatever document tells it, with the journey it pays: of a waybill given out again, the newest
-- one that had begun, or was about to. Judged anew is only
-- a payout that could matter: not one that is just what the customer was told for a parcel delivered, or
-- never heard of, that has no open case and no other line.
with placed as materialized (
    select s.*, p.id as parcel_id,
        s.remitted_minor + s.fee_minor = p.told_alone and s.currency = p.told_currency and p.root_id is null
        and coalesce(p.claim_minor, p.told_alone) = p.told_alone and coalesce(p.claim_currency, s.currency) = s.currency
        and (p.tracked_at is null or p.status = 'delivered')
        and not exists (select from cases c where c.parcel_id = p.id and c.state in ('open', 'waiting'))
        and not exists (select from cases c where c.order_id = p.order_id and c.state in ('open', 'waiting'))
        and not exists (select from manifest_lines m where m.parcel_id = p.id) as agrees
    from staged_lines s
    join parcels p on p.shop_id = :shop and p.courier = :courier and p.awb_key = s.awb_key
    where (p.generation = 1 or p.first_seen_at::date - 14 <= coalesce(s.paid_on, s.delivered_on, date 'infinity'))
      and not exists (
        select from parcels n
        where n.shop_id = :shop and n.courier = :courier and n.awb_key = s.awb_key and n.generation > 1
          and n.generation > p.generation and n.first_seen_at::date - 14 <= coalesce(s.paid_on, s.delivered_on, date 'infinity'))
), fresh as (
    insert into manifest_lines (manifest_id, line, parcel_id, order_ref, collected_minor, fee_minor, remitted_minor, currency,
        delivered_on, paid_on, reference, line_key)
    select :manifest, line, parcel_id, order_ref, collected_minor, fee_minor, remitted_minor, currency, delivered_on, paid_on,
        reference, meaning
    from placed
    on conflict (parcel_id, line_key) do nothing
    returning 1
), changed as (
    insert into changes
    select parcel_id, 8 from placed where agrees is not true
    union all
    select parcel_id, 8 from placed group by parcel_id having count(*) > 1
)
select (select count(*) from placed) as placed, (select count(*) from fresh) as fresh;

-- name: insert_repeated(shop, courier, manifest)$
-- The same line again within one document is a second payout; told by another document it is the first one again.
with repeated as (
    select s.*, p.id as parcel_id, row_number() over (partition by p.id, s.meaning order by s.line)
        + (select count(*) from manifest_lines m where m.manifest_id = :manifest and m.parcel_id = p.id
           and m.line < (select min(line) from staged_lines) and m.paid_on is not distinct from s.paid_on
           and m.reference is not distinct from s.reference and m.collected_minor = s.collected_minor
           and m.fee_minor = s.fee_minor and m.remitted_minor is not distinct from s.remitted_minor) as nth
    from staged_lines s
    join parcels p on p.shop_id = :shop and p.courier = :courier and p.awb_key = s.awb_key
    where (p.generation = 1 or p.first_seen_at::date - 14 <= coalesce(s.paid_on, s.delivered_on, date 'infinity'))
      and not exists (
        select from parcels n
        where n.shop_id = :shop and n.courier = :courier and n.awb_key = s.awb_key and n.generation > 1
          and n.generation > p.generation and n.first_seen_at::date - 14 <= coalesce(s.paid_on, s.delivered_on, date 'infinity'))
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
