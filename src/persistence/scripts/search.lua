#!lua flags=no-writes
-- Where words may be in some conversations. KEYS for each: conversation messages words
-- ARGV filterBytes headBytes bit…  → for each: owner title length known (from to)…
--      `length`: how many messages there are; `known`: how many of them the filters cover
local size, head = tonumber(ARGV[1]), tonumber(ARGV[2])

local function has_all(words, filter)
  local first = (filter * size + head) * 8
  for a = 3, #ARGV do
    if redis.call('GETBIT', words, first + ARGV[a]) == 0 then return false end
  end
  return #ARGV > 2
end

local replies = {}
for i = 1, #KEYS, 3 do
  local words = KEYS[i + 2]
  local record = redis.call('HMGET', KEYS[i], 'owner', 'title')
  if not record[1] then
    replies[#replies + 1] = {}
  else
    local reply = {record[1], record[2] or '', redis.call('LLEN', KEYS[i + 1]), 0}
    local count = redis.call('STRLEN', words) / size
    if count > 0 and count == math.floor(count) then
      for filter = 0, count - 1 do
        if has_all(words, filter) then
          local from_to = redis.call('GETRANGE', words, filter * size, filter * size + 7)
          reply[#reply + 1], reply[#reply + 2] = struct.unpack('>I4I4', from_to)
        end
      end
      reply[4] = struct.unpack('>I4', redis.call('GETRANGE', words, (count - 1) * size + 4, (count - 1) * size + 7))
    end
    replies[#replies + 1] = reply
  end
end
return replies
