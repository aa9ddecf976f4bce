#!lua flags=allow-oom
-- A conversation with nothing under way, whose owner was told: nothing of it is left to do.
-- KEYS active running  ARGV conversationId
if redis.call('EXISTS', KEYS[2]) == 0 then redis.call('ZREM', KEYS[1], ARGV[1]) end
return 'OK'
