#!lua flags=no-writes
-- The share of a conversation. → its id and since when, or nothing; false: no such conversation
-- KEYS conversation share-prefix  ARGV owner
if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] then return false end
local stands = redis.call('HMGET', KEYS[1], 'share', 'sharedAt')
if stands[1] and redis.call('EXISTS', KEYS[2] .. stands[1]) == 1 then return stands end
return {}
