-- The customer has paid already, or was told he pays nothing, and the courier means to ask him for money.
-- about: order
-- reads: amounts movement payouts
select parcel_id, order_id as about, 'urgent' as severity, due_at,
    told_minor, currency as told_currency, asked_minor, coalesce(foreign_currency, currency) as asked_currency, evidence
from order_cod
where told_minor = 0 and asked_minor > 0 and replacement_id is null
