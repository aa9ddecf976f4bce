-- One share of a conversation; the one that stands stays. → its id and since when; false: no such conversation
-- KEYS conversation share-prefix  ARGV owner shareId createdAt snapshot
if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] then return false end
local stands = redis.call('HMGET', KEYS[1], 'share', 'sharedAt')
if stands[1] and redis.call('EXISTS', KEYS[2] .. stands[1]) == 1 then return stands end
redis.call('SET', KEYS[2] .. ARGV[2], ARGV[4])
redis.call('HSET', KEYS[1], 'share', ARGV[2], 'sharedAt', ARGV[3])
local left = redis.call('PTTL', KEYS[1])
if left > 0 then redis.call('PEXPIRE', KEYS[2] .. ARGV[2], left) end
return {ARGV[2], ARGV[3]}
