-- What its reader thinks of an answer, in the message's own record.
-- KEYS as `named_keys` takes them
-- ARGV conversationId owner messageId before after (the record) event told random ttl
local k = named_keys(KEYS)
if redis.call('HGET', k.conversation, 'owner') ~= ARGV[2] then return 'GONE' end
local record = redis.call('HGET', k.sent, 'm:' .. ARGV[3])
if not record then return 'GONE' end
local index = -(cjson.decode(record).position + 1)
if redis.call('LINDEX', k.messages, index) ~= ARGV[4] then return 'CHANGED' end
redis.call('LSET', k.messages, index, ARGV[5])
log_event(k.events, k.live, ARGV[1], ARGV[6], ARGV[8], ARGV[7])
keep_for(ARGV[9], k)
return 'OK'
