-- One flush of text: fenced, position-addressed, one durable effect.
-- KEYS conversation generation deltas live
-- ARGV fence entry part(''|'reasoning') at length text tokens frame
-- `length` counts UTF-16 units; Lua counts bytes.
local fence, entry, at, length = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[4]), tonumber(ARGV[5])
if redis.call('EXISTS', KEYS[1]) == 0 then return {'LOST'} end
local g = redis.call('HMGET', KEYS[2], 'fence', 'stop')
if not g[1] or tonumber(g[1]) > fence then return {'LOST'} end
-- A store that lost its last writes has forgotten this fence: it is taken up again.
if tonumber(g[1]) < fence then redis.call('HSET', KEYS[2], 'fence', ARGV[1]) end

local entries, last_fence, text_end, reasoning_end = 0, 0, 0, 0
local last = redis.call('XREVRANGE', KEYS[3], '+', '-', 'COUNT', 1)[1]
if last then
  local f = fields_of(last)
  if f.outcome then return {'LOST'} end
  entries = tonumber(string.match(last[1], '^(%d+)'))
  last_fence, text_end, reasoning_end = tonumber(f.fence), tonumber(f['end']), tonumber(f.reasoningEnd)
end
if last_fence > fence then return {'LOST'} end
local reasoning = ARGV[3] == 'reasoning'
local had = reasoning and reasoning_end or text_end
if last_fence == fence and entry <= entries then return {'OK', g[2] and '1' or ''} end
local first = last_fence < fence
if entry ~= entries + 1 or (first and at > had) or (not first and at ~= had) then
  return {'MISMATCH', integer(entries), integer(had)}
end
local reaches = at + length
if reasoning then
  reasoning_end = reaches
  if first then text_end = 0 end
else
  text_end = reaches
end
redis.call('XADD', KEYS[3], integer(entry) .. '-0', 'fence', ARGV[1], 'part', ARGV[3], 'at', ARGV[4],
  'end', integer(text_end), 'reasoningEnd', integer(reasoning_end), 'text', ARGV[6], 'tokens', ARGV[7])
redis.call('SPUBLISH', KEYS[4], ARGV[8])
return {'OK', g[2] and '1' or ''}
