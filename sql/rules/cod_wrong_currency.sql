-- The courier asks in another currency than the customer was told; the figures cannot be compared.
-- about: order
-- reads: amounts movement payouts
select parcel_id, order_id as about, door_severity as severity, due_at,
    told_minor, currency as told_currency, asked_minor, foreign_currency as asked_currency, evidence
from order_cod
where foreign_currency is not null and told_minor > 0
