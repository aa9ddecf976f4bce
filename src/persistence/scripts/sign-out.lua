#!lua flags=allow-oom
-- Ends a sign-in, and tells all that is open for its user.
-- KEYS record live  ARGV issued-at ('' where there is no proof), ms to keep it, frame
local issued_at = ARGV[1]
if issued_at == '' then
  redis.call('SET', KEYS[1], integer(now_ms()), 'PX', ARGV[2])
else
  -- A later proof of the same sign-in may have ended already.
  local ended = tonumber(redis.call('GET', KEYS[1]) or '')
  if not ended or ended < tonumber(issued_at) then
    redis.call('SET', KEYS[1], issued_at, 'PX', ARGV[2])
  end
end
redis.call('SPUBLISH', KEYS[2], ARGV[3])
return 1
