-- Delivered, the courier's payout day has passed, and neither a payout line nor the courier's own word says that it paid.
-- about: parcel
-- reads: amounts movement payouts clock
select s.parcel_id, s.parcel_id as about, 'high' as severity,
    s.next_working_day as due_at, coalesce(s.claim_minor, s.told_minor) as told_minor, s.currency as told_currency,
    0::bigint as asked_minor, s.currency as asked_currency,
    jsonb_build_object('gate', 'payout_line', 'delivered_at', s.delivered_at, 'payout_was_due', d.payout_at,
        'claim', s.claim_minor, 'claim_state', s.claim_state) as evidence
from subjects s join deadlines d using (parcel_id)
where s.tracked and s.status = 'delivered' and s.order_id is not null and d.payout_at <= s.now
  and coalesce(s.claim_minor, s.told_minor) > 0 and s.claim_state is distinct from 'remitted' and s.paid_lines = 0
  and (s.claim_minor is not null or not exists (
      select from subjects other
      where other.order_id = s.order_id and other.parcel_id <> s.parcel_id and (other.claim_minor > 0 or other.paid_lines > 0)))
