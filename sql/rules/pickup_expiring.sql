-- The parcel waits at its pickup point and its time there ends within a day: a reminder saves a return.
-- about: parcel
-- reads: movement clock
select s.parcel_id, s.parcel_id as about, 'high' as severity,
    d.expires_at as due_at, null::bigint as told_minor, null as told_currency, null::bigint as asked_minor, null as asked_currency,
    jsonb_build_object('status', s.status, 'place', s.status_place, 'waiting_since', s.status_at, 'storage_ends_at', d.expires_at) as evidence
from subjects s join deadlines d using (parcel_id)
where s.tracked and s.status = 'at_pickup_point' and d.expiring_at <= s.now and s.cancelled_at is null
