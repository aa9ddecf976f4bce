-- The next generation for a worker: an expired lease first, else the queue. One clock: this server's.
-- KEYS queue leases clock held
-- ARGV worker leaseMs generation-prefix deltas-prefix conversation-prefix running-prefix
--      perUser (0: any number) lastSlot ('1': only for a user who has no answer under way)
local queue, leases, clock, held = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local worker, lease_ms = ARGV[1], tonumber(ARGV[2])
local per_user, last_slot = tonumber(ARGV[7]), ARGV[8] == '1'
local LOOK_AHEAD = 128

-- The first of the queue whose user may have one more; false where there is none.
local function next_queued()
  for _, id in ipairs(redis.call('ZRANGE', queue, 0, LOOK_AHEAD - 1)) do
    local user = redis.call('HGET', ARGV[3] .. id, 'userId')
    local holds = user and tonumber(redis.call('HGET', held, user) or 0) or 0
    if not user or ((per_user == 0 or holds < per_user) and (not last_slot or holds == 0)) then return id end
  end
  return false
end

-- How often the queue moves while it is not empty, smoothed: what an estimate is made of.
local function keep_pace(now)
  local known = redis.call('HMGET', clock, 'pace', 'lastClaim')
  if known[2] then
    local took = math.max(1, now - tonumber(known[2]))
    local pace = known[1] and (0.8 * tonumber(known[1]) + 0.2 * took) or took
    redis.call('HSET', clock, 'pace', tostring(pace))
  end
  redis.call('HSET', clock, 'lastClaim', integer(now))
end

-- Virtual time moves on; users who have nothing behind it are forgotten.
local function advance(generation_id, user, now)
  local score = tonumber(redis.call('ZSCORE', queue, generation_id))
  redis.call('ZREM', queue, generation_id)
  if redis.call('EXISTS', queue) == 0 then
    local pace = redis.call('HGET', clock, 'pace')
    redis.call('DEL', clock)
    if pace then redis.call('HSET', clock, 'pace', pace) end
    return
  end
  keep_pace(now)
  local virtual = tonumber(redis.call('HGET', clock, 'virtual') or 0)
  redis.call('HSET', clock, 'virtual', integer(math.max(virtual, score)))
  if user and tonumber(redis.call('HGET', clock, 'user:' .. user) or 0) <= score then
    redis.call('HDEL', clock, 'user:' .. user)
  end
end

-- Each turn of the loop removes a generation that is gone, so it ends.
for _ = 1, 64 do
  local now = now_ms()
  local expired = redis.call('ZRANGEBYSCORE', leases, '-inf', integer(now), 'LIMIT', 0, 1)[1]
  local generation_id = expired or next_queued()
  if not generation_id then return false end
  local record = ARGV[3] .. generation_id
  local g = redis.call('HMGET', record, 'conversationId', 'userId', 'parentId', 'model', 'continueFrom',
    'fence', 'attempts', 'progress', 'started', 'stop', 'createdAt', 'traceparent', 'run', 'owner')
  local conversation_id = g[1]
  local alive = conversation_id and redis.call('EXISTS', ARGV[5] .. conversation_id) == 1
    and redis.call('HEXISTS', ARGV[6] .. conversation_id, generation_id) == 1
  if not expired then advance(generation_id, g[2], now) end
  if alive then
    local last = redis.call('XREVRANGE', ARGV[4] .. generation_id, '+', '-', 'COUNT', 1)[1]
    local entries, last_fence = 0, 0
    if last then
      entries = tonumber(string.match(last[1], '^(%d+)'))
      last_fence = tonumber(fields_of(last).fence)
    end
    local fence = math.max(tonumber(g[6] or 0) + 1, last_fence + 1, now)
    local attempts = 1
    if entries <= tonumber(g[8] or 0) then attempts = tonumber(g[7] or 0) + 1 end
    if redis.call('ZADD', leases, integer(now + lease_ms), generation_id) == 1 then hold(held, g[2], 1) end
    redis.call('HSET', record, 'fence', integer(fence), 'owner', worker, 'leaseUntil', integer(now + lease_ms),
      'attempts', integer(attempts), 'progress', integer(entries))
    return {conversation_id, generation_id, g[2], g[3], g[4] or '', g[5] or '', integer(fence), integer(entries),
      integer(attempts), g[9] or '', g[10] or '', g[11] or '0', integer(now),
      -- Who hands over leaves no owner.
      not expired and 'queue' or g[14] and 'expired' or 'handed_over', g[12] or '', g[13] or ''}
  end
  end_lease(leases, held, generation_id, g[2])
  redis.call('DEL', record, ARGV[4] .. generation_id)
end
return false
