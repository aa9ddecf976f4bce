#!lua flags=allow-oom
-- Removes every key of a conversation, what is running included. → counts of messages events generations keys
-- KEYS as `named_keys` takes them  ARGV conversationId owner
local conversation, messages, events, running, sent = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
if redis.call('HGET', conversation, 'owner') ~= ARGV[2] then return false end
local generations = {}
for _, id in ipairs(redis.call('HKEYS', running)) do
  generations[id] = true
  redis.call('ZREM', KEYS[6], id)
  end_lease(KEYS[7], KEYS[13], id, redis.call('HGET', KEYS[11] .. id, 'userId'))
  redis.call('SPUBLISH', KEYS[10], 'stop ' .. id)
end
for _, field in ipairs(redis.call('HKEYS', sent)) do
  local id = string.match(field, '^m:(.+)$')
  if id then generations[id] = true end
end
redis.call('ZREM', KEYS[14], ARGV[1])
local count, keys = 0, 0
local counts = {redis.call('LLEN', messages), redis.call('XLEN', events)}
for id in pairs(generations) do
  local removed = redis.call('UNLINK', KEYS[11] .. id, KEYS[12] .. id)
  if removed > 0 then count = count + 1 end
  keys = keys + removed
end
local share = redis.call('HGET', conversation, 'share')
if share then keys = keys + redis.call('UNLINK', KEYS[16] .. share) end
keys = keys + redis.call('UNLINK', conversation, messages, events, running, sent, KEYS[15])
publish_unlogged(KEYS[9], ARGV[1], '{"type":"conversation.deleted","conversationId":"' .. ARGV[1] .. '"}')
return {counts[1], counts[2], count, keys}
