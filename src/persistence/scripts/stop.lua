#!lua flags=allow-oom
-- Stop means stop, in a full Redis too; what it writes is small.
-- Stop: one that waits or is queued ends here, without any worker; a running one is told.
-- KEYS as `named_keys` takes them  ARGV conversationId owner generationId outcome messageHead messageTail event random updatedAt ttl
local k = named_keys(KEYS)
local generation_id = ARGV[3]
if redis.call('HGET', k.conversation, 'owner') ~= ARGV[2] then return 'GONE' end
local parent = redis.call('HGET', k.running, generation_id)
if not parent then
  local record = redis.call('HGET', k.sent, 'm:' .. generation_id)
  if record and not cjson.decode(record).generationId then return 'ENDED' end
  return 'GONE'
end
local generation = k.generation .. generation_id
redis.call('HSET', generation, 'stop', '1')
-- A store that lost its last writes may have forgotten the lease of one that has text.
if redis.call('ZSCORE', k.leases, generation_id) or redis.call('EXISTS', k.deltas .. generation_id) == 1 then
  redis.call('SPUBLISH', k.work, 'stop ' .. generation_id)
  return 'TOLD'
end
-- Not claimed yet, so nothing is written: the stream begins with its end.
local fence = integer(math.max(tonumber(redis.call('HGET', generation, 'fence') or 0) + 1, now_ms()))
redis.call('HSET', generation, 'fence', fence)
redis.call('XADD', k.deltas .. generation_id, '1-0', 'fence', fence, 'end', '0', 'reasoningEnd', '0',
  'outcome', ARGV[4])
conclude(k, false, ARGV[1], generation_id, ARGV[5] .. '"' .. parent .. '"' .. ARGV[6], ARGV[7], ARGV[8], ARGV[9], ARGV[10])
return 'ENDED'
