-- A replacement for wrong or missing goods goes at our cost; here the courier means to ask the customer for money again.
-- about: order
-- reads: amounts movement payouts
select replacement_id as parcel_id, order_id as about, 'urgent' as severity, due_at,
    greatest(told_minor - (asked_minor - replacement_minor), 0) as told_minor, currency as told_currency,
    replacement_minor as asked_minor, coalesce(foreign_currency, currency) as asked_currency, evidence
from order_cod
where replacement_id is not null and asked_minor > told_minor and (foreign_currency is null or told_minor = 0)
