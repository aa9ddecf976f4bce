-- Puts messages behind those that stand, of a conversation that does not exist yet.
-- KEYS messages sent  ARGV secondsToLive newest (message sentField sentValue)…
for i = 3, #ARGV, 3 do
  redis.call('LPUSH', KEYS[1], ARGV[i])
  redis.call('HSET', KEYS[2], ARGV[i + 1], ARGV[i + 2])
end
redis.call('HSET', KEYS[2], 'newest', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[1])
redis.call('EXPIRE', KEYS[2], ARGV[1])
return redis.call('LLEN', KEYS[1])
