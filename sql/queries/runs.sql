-- Reconciliation runs and their steps.

-- name: begin(shop, business_date, now)$
-- The shop's run: by hand (no date) always; for a business date once, unless the one who began it fell silent.
insert into runs (shop_id, business_date, state, started_at, heartbeat_at)
values (:shop, :business_date, 'running', :now, now())
on conflict (shop_id, business_date) do update set state = 'running', heartbeat_at = now(), started_at = :now
where runs.state = 'running' and runs.heartbeat_at < now() - interval '5 minutes'
returning id;

-- name: beat(run)!
-- The run is alive.
update runs set heartbeat_at = now() where id = :run and state = 'running';

-- name: put_step(run, name, state, reason, seconds, now)!
-- How a step stands; taken up again it starts anew.
insert into run_steps (run_id, name, state, reason, seconds, started_at)
values (:run, :name, :state, :reason, :seconds, :now)
on conflict (run_id, name) do update set state = excluded.state, reason = excluded.reason, seconds = excluded.seconds;

-- name: finish(run, state, counts, now)!
-- How the run ended.
update runs set state = :state, counts = :counts, finished_at = :now where id = :run;

-- name: last_date(shop)$
-- The newest business date that has a run.
select max(business_date) from runs where shop_id = :shop;

-- name: cover(shop, business_date, by, now)!
-- A night nobody was awake for: its facts are taken in by the run that catches up.
insert into runs (shop_id, business_date, state, started_at, heartbeat_at, finished_at, counts)
values (:shop, :business_date, 'done', :now, now(), :now, jsonb_build_object('covered_by', :by::bigint))
on conflict (shop_id, business_date) do nothing;
