#!lua flags=allow-oom
-- A full Redis must not keep a worker from handing over; what it writes is small, once a claim.
-- What a worker does with a generation it holds. KEYS conversation generation leases events live work
-- ARGV verb(start|refence|release|note) conversationId generationId fence  start: event random model engine
--      note: traceparent
local record = KEYS[2]
if redis.call('EXISTS', KEYS[1]) == 0 or redis.call('HGET', record, 'fence') ~= ARGV[4] then return false end
local verb = ARGV[1]
if verb == 'start' then
  redis.call('HSET', record, 'started', '1', 'startedModel', ARGV[7], 'engine', ARGV[8])
  log_event(KEYS[4], KEYS[5], ARGV[2], ARGV[5], ARGV[6])
elseif verb == 'refence' then
  local fence = integer(math.max(tonumber(ARGV[4]) + 1, now_ms()))
  redis.call('HSET', record, 'fence', fence)
  return fence
elseif verb == 'note' then
  redis.call('HSET', record, 'run', ARGV[5])
elseif verb == 'release' then
  -- A hand-over is no failed attempt.
  redis.call('HINCRBY', record, 'attempts', -1)
  redis.call('HDEL', record, 'owner')
  redis.call('ZADD', KEYS[3], 'XX', '0', ARGV[3])
  redis.call('SPUBLISH', KEYS[6], 'queued')
end
return ARGV[4]
