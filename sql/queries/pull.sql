-- Which parcels to ask couriers about, and since when.

-- name: due_for_tracking(shop, courier, account, after, limit, now)
-- Parcels whose story is not over, and delivered ones whose COD the courier has not paid yet. They leave
-- polling by age, not by silence: after 60 days, delivered ones after 30.
select p.id, p.awb, coalesce(o.phone, '') as phone
from parcels p
left join orders o on o.id = p.order_id
where p.shop_id = :shop and p.courier = :courier and coalesce(p.account, :account) = :account and p.id > :after
  and p.first_seen_at > :now::timestamptz - interval '60 days'
  and (p.status not in ('delivered', 'returned', 'cancelled', 'lost')
       or p.status = 'delivered' and p.delivered_at > :now::timestamptz - interval '30 days'
          and coalesce(o.told_minor, p.claim_minor, 0) > 0 and p.claim_state is distinct from 'remitted')
  and (p.order_id is not null or p.root_id is not null)
order by p.id
limit :limit;

-- name: windows(shop, courier, account, now)^
-- The days to ask lists for: registrations since the oldest live parcel, payouts since the oldest delivery without a
-- payout line, whatever the courier says of having paid, and a week at least, for reversals; a month at most.
select
    greatest(min(p.first_seen_at) filter (where p.status not in ('delivered', 'returned', 'cancelled', 'lost')),
             :now::timestamptz - interval '30 days') as parcels_since,
    greatest(least(min(p.delivered_at) filter (where p.status = 'delivered' and coalesce(p.claim_minor, o.told_minor, 0) > 0
                       and not exists (select from manifest_lines m where m.parcel_id = p.id)),
                   :now::timestamptz - interval '7 days'),
             :now::timestamptz - interval '30 days') as payouts_since
from parcels p
left join orders o on o.id = p.order_id
where p.shop_id = :shop and p.courier = :courier and coalesce(p.account, :account) = :account
  and p.first_seen_at > :now::timestamptz - interval '60 days';
