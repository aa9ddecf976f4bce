#!lua flags=no-writes
-- KEYS conversation running  ARGV conversationId  → owner and JSON, or false
local owner = redis.call('HGET', KEYS[1], 'owner')
if not owner then return false end
return {owner, conversation_json(KEYS[1], KEYS[2], ARGV[1])}
