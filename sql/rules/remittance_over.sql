-- The courier paid out more than there was to collect: either the customer paid too much, or it will be taken back.
-- about: parcel
-- reads: amounts movement payouts
select s.parcel_id, s.parcel_id as about, 'high' as severity,
    s.next_working_day as due_at, s.told_here as told_minor, s.currency as told_currency,
    s.paid_minor as asked_minor, s.paid_currency as asked_currency, s.evidence
from settled_payouts s
where (s.status in ('delivered', 'unknown') or not s.tracked) and s.paid_minor > s.due_minor
  and not (s.credits > 1 and s.least_minor = s.due_minor and s.most_minor = s.due_minor and s.due_minor > 0)
