-- Completes what was left half-done in one partition; any worker, any number of times.
-- KEYS queue leases clock held active work
-- ARGV generation-prefix running-prefix conversation-prefix before (ms) limit  → put back, dropped,
--      the conversations with nothing under way whose owner may not have been told
local queue, leases, clock, held, active, work = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local put_back, dropped, untold = 0, 0, {}
for _, conversation_id in ipairs(redis.call('ZRANGEBYSCORE', active, '-inf', ARGV[4], 'LIMIT', 0, ARGV[5])) do
  local running = ARGV[2] .. conversation_id
  if redis.call('EXISTS', ARGV[3] .. conversation_id) == 0 then redis.call('DEL', running) end
  for _, id in ipairs(redis.call('HKEYS', running)) do
    local record = ARGV[1] .. id
    local g = redis.call('HMGET', record, 'userId', 'waitsFor')
    if not g[1] then
      -- Without its record nobody can run it.
      redis.call('HDEL', running, id)
      dropped = dropped + 1
    elseif not redis.call('ZSCORE', queue, id) and not redis.call('ZSCORE', leases, id)
      and (not g[2] or redis.call('HEXISTS', running, g[2]) == 0) then
      redis.call('HDEL', record, 'waitsFor')
      enqueue(queue, clock, work, id, g[1])
      put_back = put_back + 1
    end
  end
  if redis.call('EXISTS', ARGV[3] .. conversation_id) == 0 then
    redis.call('ZREM', active, conversation_id)
  else
    redis.call('ZADD', active, integer(now_ms()), conversation_id)
    if redis.call('EXISTS', running) == 0 then untold[#untold + 1] = conversation_id end
  end
end
-- What users hold, counted anew where that is cheap.
if redis.call('ZCARD', leases) <= 2000 then
  redis.call('DEL', held)
  for _, id in ipairs(redis.call('ZRANGE', leases, 0, -1)) do
    local user = redis.call('HGET', ARGV[1] .. id, 'userId')
    if user then redis.call('HINCRBY', held, user, 1) end
  end
end
return {put_back, dropped, untold}
