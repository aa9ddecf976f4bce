-- Flushes of text, of one generation each: fenced, position-addressed, one durable effect each.
-- KEYS for each: conversation generation deltas live
-- ARGV for each: fence entry part(''|'reasoning') at length text tokens frame  → one reply for each
-- `length` counts UTF-16 units; Lua counts bytes.
local KEYS_EACH, ARGS_EACH = 4, 8

local function append(conversation, generation, deltas, live, fence_text, entry, part, at_text, length, text, tokens, frame)
  local fence, at = tonumber(fence_text), tonumber(at_text)
  if redis.call('EXISTS', conversation) == 0 then return {'LOST'} end
  local g = redis.call('HMGET', generation, 'fence', 'stop')
  local known = tonumber(g[1] or nil)
  if not known or known > fence then return {'LOST'} end
  -- A store that lost its last writes has forgotten this fence: it is taken up again.
  if known < fence then redis.call('HSET', generation, 'fence', fence_text) end

  local entries, last_fence, text_end, reasoning_end = 0, 0, 0, 0
  local last = redis.call('XREVRANGE', deltas, '+', '-', 'COUNT', 1)[1]
  if last then
    local f = fields_of(last)
    if f.outcome then return {'LOST'} end
    entries = tonumber(string.match(last[1], '^(%d+)'))
    last_fence, text_end, reasoning_end = tonumber(f.fence), tonumber(f['end']), tonumber(f.reasoningEnd)
  end
  if last_fence > fence then return {'LOST'} end
  local reasoning = part == 'reasoning'
  local had = reasoning and reasoning_end or text_end
  if last_fence == fence and entry <= entries then return {'OK', g[2] and '1' or ''} end
  local first = last_fence < fence
  if entry ~= entries + 1 or (first and at > had) or (not first and at ~= had) then
    return {'MISMATCH', integer(entries), integer(last_fence), integer(text_end), integer(reasoning_end)}
  end
  local reaches = at + length
  if reasoning then
    reasoning_end = reaches
    if first then text_end = 0 end
  else
    text_end = reaches
  end
  redis.call('XADD', deltas, integer(entry) .. '-0', 'fence', fence_text, 'part', part, 'at', at_text,
    'end', integer(text_end), 'reasoningEnd', integer(reasoning_end), 'text', text, 'tokens', tokens)
  redis.call('SPUBLISH', live, frame)
  return {'OK', g[2] and '1' or ''}
end

local replies = {}
for i = 0, #KEYS / KEYS_EACH - 1 do
  local k, a = i * KEYS_EACH, i * ARGS_EACH
  replies[i + 1] = append(KEYS[k + 1], KEYS[k + 2], KEYS[k + 3], KEYS[k + 4], ARGV[a + 1], tonumber(ARGV[a + 2]),
    ARGV[a + 3], ARGV[a + 4], tonumber(ARGV[a + 5]), ARGV[a + 6], ARGV[a + 7], ARGV[a + 8])
end
return replies
