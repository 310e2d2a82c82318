-- The courier is on its way to another place than the customer was told: another pickup point, another city, or another street.
-- about: parcel
-- reads: amounts movement address
select s.parcel_id, s.parcel_id as about, case when s.status in ('out_for_delivery', 'at_pickup_point', 'delivery_attempted') then 'urgent' else 'high' end as severity,
    s.cod_due_at as due_at, null::bigint as told_minor, null as told_currency, null::bigint as asked_minor, null as asked_currency,
    jsonb_build_object('differs_in', s.booked_wrong, 'status', s.status, 'place', s.status_place,
        'told', (select jsonb_build_object('street', t.street, 'city', t.city, 'postcode', t.postcode, 'pickup_point', t.pickup_point)
                 from promises t where t.order_id = s.order_id and t.id = s.promise_id),
        'booked', (select jsonb_build_object('street', b.booked_street, 'city', b.booked_city, 'postcode', b.booked_postcode,
                       'pickup_point', b.booked_point) from parcels b where b.id = s.parcel_id)) as evidence
from subjects s
where s.booked_wrong is not null and s.cancelled_at is null
  and s.status not in ('delivered', 'returning', 'returned', 'cancelled', 'lost')
  and not exists (select from events e where e.parcel_id = s.parcel_id and e.status = 'redirected')
