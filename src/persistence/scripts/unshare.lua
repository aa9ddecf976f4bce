#!lua flags=allow-oom
-- Takes a share back. → 1; false: no such conversation
-- KEYS conversation share-prefix  ARGV owner
if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] then return false end
local share = redis.call('HGET', KEYS[1], 'share')
if share then redis.call('UNLINK', KEYS[2] .. share) end
redis.call('HDEL', KEYS[1], 'share', 'sharedAt')
return 1
