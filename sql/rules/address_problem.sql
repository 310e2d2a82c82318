-- The courier cannot find the address; the customer can mend it today, before the parcel turns back.
-- about: parcel
-- reads: movement
select s.parcel_id, s.parcel_id as about, 'high' as severity,
    s.next_working_day as due_at, null::bigint as told_minor, null as told_currency, null::bigint as asked_minor, null as asked_currency,
    jsonb_build_object('status', s.status, 'code', s.status_code, 'text', s.status_text, 'reason', s.status_reason,
        'place', s.status_place, 'since', s.status_at) as evidence
from subjects s
where s.tracked and s.status = 'address_problem'
