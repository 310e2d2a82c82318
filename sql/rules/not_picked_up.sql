-- Registered with the courier and never scanned: the customer waits for a parcel that never left.
-- about: parcel
-- reads: movement clock
select s.parcel_id, s.parcel_id as about, 'normal' as severity,
    s.next_working_day as due_at, null::bigint as told_minor, null as told_currency, null::bigint as asked_minor, null as asked_currency,
    jsonb_build_object('status', s.status, 'code', s.status_code, 'registered_at', coalesce(s.event_at, s.ordered_at, s.first_seen_at),
        'due_since', d.pickup_at) as evidence
from subjects s join deadlines d using (parcel_id)
where s.tracked and s.status = 'created' and d.pickup_at <= s.now and s.cancelled_at is null
