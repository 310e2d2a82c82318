-- Money was paid out for a parcel the courier says was not delivered: a false payout, or a false scan.
-- about: parcel
-- reads: amounts movement payouts
select s.parcel_id, s.parcel_id as about, 'high' as severity,
    s.next_working_day as due_at, s.told_here as told_minor, s.currency as told_currency,
    s.paid_minor as asked_minor, s.paid_currency as asked_currency, s.evidence
from settled_payouts s
where s.tracked and s.status not in ('delivered', 'unknown') and s.paid_minor > 0
