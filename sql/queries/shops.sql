-- Shops and accounts as the settings name them.

-- name: put_shop(name, country, language, timezone)$
-- The shop's row, made or brought up to date.
insert into shops (name, country, language, timezone) values (:name, :country, :language, :timezone)
on conflict (name) do update set country = excluded.country, language = excluded.language, timezone = excluded.timezone
returning id;

-- name: put_account(name, shop, courier)!
-- The account's row; its health is kept.
insert into accounts (name, shop_id, courier) values (:name, :shop, :courier)
on conflict (name) do update set shop_id = excluded.shop_id, courier = excluded.courier
where (accounts.shop_id, accounts.courier) is distinct from (excluded.shop_id, excluded.courier);

-- name: set_health(name, health, reason, now)$
-- The account's health where it changed: the health it had before, else nothing.
update accounts set health = :health, health_since = :now, health_reason = :reason
from (select id, health as before from accounts where name = :name for update) old
where accounts.id = old.id and old.before <> :health
returning old.before;
