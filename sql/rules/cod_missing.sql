-- The customer was told to pay at the door and the courier says it will ask for nothing: the goods go out unpaid.
-- about: order
-- reads: amounts movement payouts
select parcel_id, order_id as about, low_severity as severity, due_at,
    told_minor, currency as told_currency, asked_minor, currency as asked_currency, evidence
from order_cod
where told_minor > 0 and asked_minor = 0 and silent = 0
