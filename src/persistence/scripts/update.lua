-- Changes named fields of a conversation that exists, logs it. → the conversation, or false
-- KEYS conversation events running live messages sent
-- ARGV conversationId owner('' = any) onlyUntitled(''|'1') random ttl (field value | field)…: 'set' f v | 'clear' f
local owner = redis.call('HGET', KEYS[1], 'owner')
if not owner or (ARGV[2] ~= '' and owner ~= ARGV[2]) then return false end
if ARGV[3] == '1' and (redis.call('HGET', KEYS[1], 'title') or '') ~= '' then return false end
local i = 6
while i <= #ARGV do
  if ARGV[i] == 'set' then
    redis.call('HSET', KEYS[1], ARGV[i + 1], ARGV[i + 2])
    i = i + 3
  else
    redis.call('HDEL', KEYS[1], ARGV[i + 1])
    i = i + 2
  end
end
local json = conversation_json(KEYS[1], KEYS[3], ARGV[1])
log_event(KEYS[2], KEYS[4], ARGV[1], '{"type":"conversation.updated","conversation":' .. json .. '}', ARGV[4])
keep_for(ARGV[5], {KEYS[1], KEYS[5], KEYS[2], KEYS[6], KEYS[3]})
return {owner, json}
