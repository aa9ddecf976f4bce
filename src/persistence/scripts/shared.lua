-- Begins every script. All keys of one call share one slot. A full Redis refuses a script before it
-- begins, so that none is half done; those that make room or keep a promise go on (`flags=allow-oom`).

local EVENT_LOG_LENGTH = 1000
local AFTER_END_SECONDS = 3600

local function integer(number)
  return string.format('%.0f', number)
end

local function now_ms()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

-- Field values of a stream entry by name.
local function fields_of(entry)
  local fields = {}
  for i = 1, #entry[2], 2 do fields[entry[2][i]] = entry[2][i + 1] end
  return fields
end

-- Appends an event and publishes its frame. The random part of the id makes a rolled-back log detectable.
-- `told` is what is published where the log keeps less.
local function log_event(events, live, conversation_id, event, random, told)
  local last = redis.call('XREVRANGE', events, '+', '-', 'COUNT', 1)
  local sequence = 1
  if last[1] then sequence = tonumber(string.match(last[1][1], '^(%d+)')) + 1 end
  local id = integer(sequence) .. '-' .. random
  redis.call('XADD', events, 'MAXLEN', '~', EVENT_LOG_LENGTH, id, 'event', event)
  redis.call('SPUBLISH', live, '{"type":"event","conversationId":"' .. conversation_id ..
    '","id":"' .. id .. '","event":' .. (told or event) .. '}')
  return id
end

local function publish_unlogged(live, conversation_id, event)
  redis.call('SPUBLISH', live, '{"type":"event","conversationId":"' .. conversation_id ..
    '","event":' .. event .. '}')
end

-- A conversation as REST returns it.
local function conversation_json(conversation, running, conversation_id)
  local names = {'title', 'createdAt', 'updatedAt', 'model', 'systemPrompt', 'parameters', 'pinned'}
  local values = redis.call('HMGET', conversation, unpack(names))
  local parts = {'"id":"' .. conversation_id .. '"'}
  parts[#parts + 1] = '"title":' .. cjson.encode(values[1] or '')
  parts[#parts + 1] = '"createdAt":' .. cjson.encode(values[2] or '')
  parts[#parts + 1] = '"updatedAt":' .. cjson.encode(values[3] or '')
  if values[4] then parts[#parts + 1] = '"model":' .. cjson.encode(values[4]) end
  if values[5] then parts[#parts + 1] = '"systemPrompt":' .. cjson.encode(values[5]) end
  if values[6] then parts[#parts + 1] = '"parameters":' .. values[6] end
  parts[#parts + 1] = '"pinned":' .. (values[7] == '1' and 'true' or 'false')
  parts[#parts + 1] = '"generating":' .. (redis.call('HLEN', running) > 0 and 'true' or 'false')
  return '{' .. table.concat(parts, ',') .. '}'
end

-- The keys that `allKeys` lists, by name; `generation`, `deltas` and `share` begin keys.
local function named_keys(keys)
  return {conversation = keys[1], messages = keys[2], events = keys[3], running = keys[4], sent = keys[5],
    queue = keys[6], leases = keys[7], clock = keys[8], live = keys[9], work = keys[10], generation = keys[11],
    deltas = keys[12], held = keys[13], active = keys[14], words = keys[15], share = keys[16]}
end

-- How many of a user's answers workers hold: one more, or one less.
local function hold(held, user, by)
  if redis.call('HINCRBY', held, user, by) <= 0 then redis.call('HDEL', held, user) end
end

-- Ends a lease, and with it what its user holds.
local function end_lease(leases, held, generation_id, user)
  if redis.call('ZREM', leases, generation_id) == 1 and user then hold(held, user, -1) end
end

-- How long the one at `position` will wait, in ms as JSON, by the pace of the last claims; '' where
-- nothing is known of it.
local function estimate_json(clock, position)
  local pace = tonumber(redis.call('HGET', clock, 'pace') or 0)
  if pace <= 0 then return '' end
  return ',"estimateMs":' .. integer((position + 1) * pace)
end

-- Fair by virtual time: a user's tenth question never delays another's first.
local function enqueue(queue, clock, work, generation_id, user)
  local virtual = tonumber(redis.call('HGET', clock, 'virtual') or 0)
  local last = tonumber(redis.call('HGET', clock, 'user:' .. user) or 0)
  local score = math.max(virtual, last) + 1
  redis.call('HSET', clock, 'user:' .. user, integer(score))
  redis.call('ZADD', queue, integer(score), generation_id)
  redis.call('SPUBLISH', work, 'queued')
  return redis.call('ZRANK', queue, generation_id)
end

local function queued_event(generation_id, parent_id, position, estimate)
  return '{"type":"generation.queued","generationId":"' .. generation_id .. '","parentId":"' .. parent_id ..
    '","position":' .. integer(position) .. estimate .. '}'
end

-- All that belongs to a conversation expires together; 0 keeps it.
-- k: as `named_keys` gives them
local function keep_for(seconds, k)
  if tonumber(seconds) > 0 then
    for _, key in ipairs({k.conversation, k.messages, k.events, k.sent, k.running, k.words}) do
      redis.call('EXPIRE', key, seconds)
    end
    local share = redis.call('HGET', k.conversation, 'share')
    if share then redis.call('EXPIRE', k.share .. share, seconds) end
  end
end

-- Whether the message is among the newest of the list: a half-done follow-up may have pushed it.
local function pushed_before(messages, id)
  for index, item in ipairs(redis.call('LRANGE', messages, 0, 63)) do
    if string.find(item, '"id":"' .. id .. '"', 1, true) then return index - 1 end
  end
  return nil
end

-- Whether the end of this generation is among the newest events: a half-done follow-up may have logged it.
local function logged_before(events, generation_id)
  for _, entry in ipairs(redis.call('XREVRANGE', events, '+', '-', 'COUNT', 64)) do
    local event = cjson.decode(fields_of(entry).event)
    if event.generationId == generation_id and (event.type == 'generation.finished'
      or event.type == 'generation.stopped' or event.type == 'generation.failed') then
      return true
    end
  end
  return false
end

-- What follows from an end marker: the message, the event, the turn of those that waited, the end of
-- the lease. `again`: the marker stood already, so any of it may be done. The lease goes last, so that
-- a half-done one is found.
-- k: as `named_keys` gives them
local function conclude(k, again, conversation_id, generation_id, message, event, random, updated_at, ttl)
  if redis.call('HEXISTS', k.sent, 'm:' .. generation_id) == 0 then
    local index = again and pushed_before(k.messages, generation_id)
    if not index then
      redis.call('LPUSH', k.messages, message)
      index = 0
    end
    local position = redis.call('LLEN', k.messages) - 1 - index
    redis.call('HSET', k.sent, 'm:' .. generation_id, '{"position":' .. integer(position) .. '}')
  end
  if redis.call('HEXISTS', k.running, generation_id) == 1 then
    redis.call('HSET', k.conversation, 'updatedAt', updated_at)
    if not (again and logged_before(k.events, generation_id)) then
      log_event(k.events, k.live, conversation_id, event, random)
    end
    for _, other in ipairs(redis.call('HKEYS', k.running)) do
      local record = k.generation .. other
      local fields = redis.call('HMGET', record, 'waitsFor', 'userId', 'parentId')
      if fields[1] == generation_id then
        local position = enqueue(k.queue, k.clock, k.work, other, fields[2])
        redis.call('HDEL', record, 'waitsFor')
        publish_unlogged(k.live, conversation_id,
          queued_event(other, fields[3], position, estimate_json(k.clock, position)))
      end
    end
    redis.call('HDEL', k.running, generation_id)
  end
  redis.call('EXPIRE', k.deltas .. generation_id, AFTER_END_SECONDS)
  redis.call('EXPIRE', k.generation .. generation_id, AFTER_END_SECONDS)
  redis.call('ZREM', k.queue, generation_id)
  end_lease(k.leases, k.held, generation_id, redis.call('HGET', k.generation .. generation_id, 'userId'))
  keep_for(ttl, k)
end
