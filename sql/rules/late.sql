-- The promised day has passed and the customer has not got his parcel; over four days he cancels or refuses it.
-- about: parcel
-- reads: amounts movement clock
select s.parcel_id, s.parcel_id as about, case when s.today - s.promised_on > 4 then 'urgent' when s.today - s.promised_on > 2 then 'high' else 'normal' end as severity,
    s.next_working_day as due_at, null::bigint as told_minor, null as told_currency, null::bigint as asked_minor, null as asked_currency,
    jsonb_build_object('promised_on', s.promised_on, 'told_at', s.told_at, 'days_of_slip', s.today - s.promised_on, 'status', s.status,
        'place', s.status_place, 'newest_event_at', s.event_at) as evidence
from subjects s join deadlines d using (parcel_id)
where s.tracked and s.cancelled_at is null and d.late_at <= s.now
  and s.status not in ('delivered', 'at_pickup_point', 'returning', 'returned', 'cancelled', 'lost', 'damaged')
