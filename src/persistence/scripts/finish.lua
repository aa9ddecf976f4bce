-- The end of a generation: the end marker commits it, the rest follows.
-- KEYS as `named_keys` takes them  ARGV conversationId generationId fence outcome message event random updatedAt ttl
local k = named_keys(KEYS)
if redis.call('EXISTS', k.conversation) == 0 then return false end
if redis.call('HGET', k.generation .. ARGV[2], 'fence') ~= ARGV[3] then return false end
local stream = k.deltas .. ARGV[2]
local last = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1]
local entries, f = 0, {['end'] = '0', reasoningEnd = '0'}
if last then
  entries = tonumber(string.match(last[1], '^(%d+)'))
  f = fields_of(last)
end
if not f.outcome then
  redis.call('XADD', stream, integer(entries + 1) .. '-0', 'fence', ARGV[3], 'end', f['end'],
    'reasoningEnd', f.reasoningEnd, 'outcome', ARGV[4])
end
conclude(k, f.outcome ~= nil, ARGV[1], ARGV[2], ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9])
return 'OK'
