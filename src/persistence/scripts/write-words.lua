-- Puts filters in the place of the last ones, if they are still as they were read.
-- KEYS conversation words  ARGV filterBytes at (which filter) read (bytes that were there) to filters  → 1 or 0
--      `to`: where the last one read ended
local size, at, read = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local stands = redis.call('STRLEN', KEYS[2])
if stands ~= read then return 0 end
if read >= size and struct.unpack('>I4', redis.call('GETRANGE', KEYS[2], read - size + 4, read - size + 7)) ~= tonumber(ARGV[4]) then
  return 0
end
if at == 0 then redis.call('DEL', KEYS[2]) end
redis.call('SETRANGE', KEYS[2], at * size, ARGV[5])
local left = redis.call('PTTL', KEYS[1])
if left > 0 then redis.call('PEXPIRE', KEYS[2], left) end
return 1
