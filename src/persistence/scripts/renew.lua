#!lua flags=allow-oom
-- A full Redis must not take a lease: what it writes takes the place of what was there.
-- Keeps leases. KEYS leases  ARGV leaseMs generation-prefix (generationId fence)…  → one word each
local until_ms = now_ms() + tonumber(ARGV[1])
local result = {}
for i = 3, #ARGV, 2 do
  local record = ARGV[2] .. ARGV[i]
  local g = redis.call('HMGET', record, 'fence', 'stop', 'owner')
  -- One handed over a moment ago has no owner: its lease must stay over.
  if g[1] == ARGV[i + 1] and g[3] and redis.call('ZSCORE', KEYS[1], ARGV[i]) then
    redis.call('ZADD', KEYS[1], integer(until_ms), ARGV[i])
    redis.call('HSET', record, 'leaseUntil', integer(until_ms))
    result[#result + 1] = g[2] and 'stop' or 'held'
  else
    result[#result + 1] = 'lost'
  end
end
return result
