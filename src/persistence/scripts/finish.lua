-- The end of a generation: the end marker commits it, the rest follows.
-- KEYS as `named_keys` takes them  ARGV conversationId generationId fence outcome message event random updatedAt ttl
--      end reasoningEnd (of the whole text, in UTF-16 units)
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
  -- The store lost its last writes: no end behind a text that is not all there.
  if f['end'] ~= ARGV[10] or f.reasoningEnd ~= ARGV[11] then
    return {'MISMATCH', integer(entries), f.fence or '0', f['end'], f.reasoningEnd}
  end
  redis.call('XADD', stream, integer(entries + 1) .. '-0', 'fence', ARGV[3], 'end', f['end'],
    'reasoningEnd', f.reasoningEnd, 'outcome', ARGV[4])
end
conclude(k, f.outcome ~= nil, ARGV[1], ARGV[2], ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9])
return 'OK'
