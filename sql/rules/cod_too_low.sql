-- The courier asks less than the customer was told, and every parcel of the order has its claim: the shop loses the rest.
-- about: order
-- reads: amounts movement payouts
select parcel_id, order_id as about, low_severity as severity, due_at,
    told_minor, currency as told_currency, asked_minor, currency as asked_currency, evidence
from order_cod
where foreign_currency is null and asked_minor > 0 and asked_minor < told_minor and silent = 0
