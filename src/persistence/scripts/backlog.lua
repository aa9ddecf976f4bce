#!lua flags=no-writes
-- What waits in one partition. KEYS queue leases  ARGV generation-prefix
-- → how many wait, how many are under a lease, for how long the first of the queue has waited, in ms
local LOOK_AHEAD = 128
local oldest = nil
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, LOOK_AHEAD - 1)) do
  local created = tonumber(redis.call('HGET', ARGV[1] .. id, 'createdAt') or nil)
  if created and (not oldest or created < oldest) then oldest = created end
end
return {redis.call('ZCARD', KEYS[1]), redis.call('ZCARD', KEYS[2]), oldest and math.max(0, now_ms() - oldest) or 0}
