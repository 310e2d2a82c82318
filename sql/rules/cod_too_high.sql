-- The courier asks more at the door than the customer was told: he put the told sum aside, and is angry with us.
-- about: order
-- reads: amounts movement payouts
select parcel_id, order_id as about, door_severity as severity, due_at,
    told_minor, currency as told_currency, asked_minor, currency as asked_currency, evidence
from order_cod
where foreign_currency is null and told_minor > 0 and asked_minor > told_minor and replacement_id is null
