-- The courier paid out for a waybill that no order of ours has: somebody else's money, or an order we never learned of.
-- about: parcel
-- reads: amounts movement payouts
select s.parcel_id, s.parcel_id as about, 'normal' as severity,
    s.next_working_day as due_at, null::bigint as told_minor, null as told_currency,
    s.paid_minor as asked_minor, s.paid_currency as asked_currency,
    jsonb_build_object('gate', 'payout_line', 'paid', s.paid_minor, 'currency', s.paid_currency, 'lines', s.paid_lines) as evidence
from subjects s
where s.order_id is null and s.paid_lines > 0
