-- Letters made for cases.

-- name: undrafted(after, limit, only)
-- Live cases whose newest facts have no letters yet, each with all that its letters say. basis names those
-- facts: letters are made anew only when one of them changed.
with facts as (
    select c.id, c.kind, c.courier, c.told_minor, c.told_currency, c.asked_minor, c.asked_currency, c.explanations,
        s.name as shop, s.timezone, p.awb, p.account, p.status, p.status_text, p.status_at, p.status_place, p.delivered_at,
        p.expires_on, p.booked_name, p.booked_street, p.booked_city, p.booked_postcode, p.booked_point, p.claim_minor,
        (select min(e.at) from events e where e.parcel_id = p.id and e.status = 'picked_up') as picked_up_at,
        o.order_ref, o.language, o.customer_name, o.email, o.told_minor as promised_minor, o.currency as promised_currency,
        o.promised_on, t.street, t.city, t.postcode, t.country, t.pickup_point,
        (select jsonb_agg(jsonb_build_array(m.paid_on, m.remitted_minor, m.currency, m.reference) order by m.paid_on, m.line)
         from manifest_lines m where m.parcel_id = p.id and m.remitted_minor is not null) as paid
    from cases c
    join shops s on s.id = c.shop_id
    join parcels p on p.id = c.parcel_id
    left join orders o on o.id = c.order_id
    left join promises t on t.order_id = o.id and t.id = o.promise_id
    where c.state in ('open', 'waiting') and c.id > :after and (:only::bigint is null or c.id = :only)
), based as (
    select facts.*, md5(concat_ws('|', kind, told_minor, told_currency, asked_minor, asked_currency, explanations::text, status,
        promised_minor, promised_on, expires_on, booked_street, booked_city, booked_point, street, city, pickup_point,
        paid::text)) as basis
    from facts
)
select * from based
where not exists (select from drafts d where d.case_id = based.id and d.basis = based.basis)
order by id
limit :limit;

-- name: put(cases, audiences, languages, subjects, bodies, htmls, objections, bases, now)!
-- Letters of many cases at once; the same letter from the same facts once. Objections are joined by line ends.
insert into drafts (case_id, audience, language, subject, body, html, objections, basis, made_at)
select d.case_id, d.audience, d.language, d.subject, d.body, d.html,
    coalesce(string_to_array(nullif(d.objections, ''), E'\n'), '{}'), d.basis, :now
from unnest(:cases::bigint[], :audiences::text[], :languages::text[], :subjects::text[], :bodies::text[], :htmls::text[],
        :objections::text[], :bases::text[])
    as d (case_id, audience, language, subject, body, html, objections, basis)
on conflict (case_id, audience, basis) do nothing;

-- name: newest(case_id)
-- The newest letter of each audience, with what sending it needs.
select distinct on (d.audience) d.*, c.courier, s.name as shop, p.account, o.email, o.customer_name
from drafts d
join cases c on c.id = d.case_id
join shops s on s.id = c.shop_id
join parcels p on p.id = c.parcel_id
left join orders o on o.id = c.order_id
where d.case_id = :case_id
order by d.audience, d.id desc;
