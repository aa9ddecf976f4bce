#!lua flags=no-writes
-- How far the filters of a conversation reach. KEYS messages words  ARGV filterBytes
-- → how many messages there are, how many filters, and where the last one begins and ends
local size = tonumber(ARGV[1])
local length, count = redis.call('LLEN', KEYS[1]), redis.call('STRLEN', KEYS[2]) / size
if count == 0 or count ~= math.floor(count) then return {length, 0, 0, 0} end
local from, to = struct.unpack('>I4I4', redis.call('GETRANGE', KEYS[2], (count - 1) * size, (count - 1) * size + 7))
return {length, count, from, to}
