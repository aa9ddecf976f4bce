-- Changes named fields of a conversation that exists, logs it. → the conversation, or false
-- KEYS as `named_keys` takes them
-- ARGV conversationId owner('' = any) onlyUntitled(''|'1') random ttl (field value | field)…: 'set' f v | 'clear' f
local k = named_keys(KEYS)
local owner = redis.call('HGET', k.conversation, 'owner')
if not owner or (ARGV[2] ~= '' and owner ~= ARGV[2]) then return false end
if ARGV[3] == '1' and (redis.call('HGET', k.conversation, 'title') or '') ~= '' then return false end
local i = 6
while i <= #ARGV do
  if ARGV[i] == 'set' then
    redis.call('HSET', k.conversation, ARGV[i + 1], ARGV[i + 2])
    i = i + 3
  else
    redis.call('HDEL', k.conversation, ARGV[i + 1])
    i = i + 2
  end
end
local json = conversation_json(k.conversation, k.running, ARGV[1])
log_event(k.events, k.live, ARGV[1], '{"type":"conversation.updated","conversation":' .. json .. '}', ARGV[4])
keep_for(ARGV[5], k)
return {owner, json}
