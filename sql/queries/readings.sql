-- Recorded answers and files already taken in.

-- name: take(shop, courier, kind, sha256, now)$
-- True the first time; nothing when the same bytes were taken before.
insert into readings (shop_id, courier, kind, sha256, read_at) values (:shop, :courier, :kind, :sha256, :now)
on conflict do nothing returning true;
