-- The parcel has stood still longer than its status allows, counted in the courier country's working days: ring before he rings.
-- about: parcel
-- reads: movement clock
select s.parcel_id, s.parcel_id as about, case when d.stalled_high_at <= s.now then 'high' else 'normal' end as severity,
    s.next_working_day as due_at, null::bigint as told_minor, null as told_currency, null::bigint as asked_minor, null as asked_currency,
    jsonb_build_object('status', s.status, 'code', s.status_code, 'text', s.status_text, 'place', s.status_place,
        'newest_event_at', s.event_at, 'stalled_since', d.stalled_at) as evidence
from subjects s join deadlines d using (parcel_id)
where s.tracked and d.stalled_at <= s.now and s.cancelled_at is null
  and s.status in ('picked_up', 'in_transit', 'out_for_delivery', 'delivery_attempted', 'held', 'address_problem', 'redirected',
                   'unknown', 'returning')
