-- A question, or another answer to one: stored, logged and queued once for any number of resends.
-- KEYS as `named_keys` takes them
-- ARGV conversationId owner kind(send|regenerate) requestKey generationId messageId parent('newest'|'root'|id)
--      messageHead messageTail eventHead eventTail model continueFrom createdAtMs createdAt random1 random2 ttl maxRunning refusal maxQueued
--      traceparent ('': nothing is traced)
local k = named_keys(KEYS)
local conversation, messages, events, running, sent = k.conversation, k.messages, k.events, k.running, k.sent
local queue, clock, live, work = k.queue, k.clock, k.live, k.work
local conversation_id, owner, kind, request_key, generation_id, message_id, parent =
  ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]

if redis.call('HGET', conversation, 'owner') ~= owner then return {'GONE'} end

local stored = redis.call('HGET', sent, request_key)
if stored then
  local answer = cjson.decode(stored)
  if not answer.generationId then return {'INVALID', 'That id belongs to another message.'} end
  return {'OK', answer.generationId}
end
if ARGV[20] ~= '' then return {'INVALID', ARGV[20]} end
if redis.call('HLEN', running) >= tonumber(ARGV[19]) then return {'LIMITED', '5000'} end
local queued = redis.call('ZCARD', queue)
if queued >= tonumber(ARGV[21]) then
  -- A tenth of the queue should be gone by then.
  local pace = tonumber(redis.call('HGET', clock, 'pace') or 0)
  return {'LIMITED', integer(math.min(60000, math.max(1000, queued * pace / 10)))}
end
if kind == 'send' and redis.call('HEXISTS', running, message_id) == 1 then
  return {'INVALID', 'That id belongs to another message.'}
end

local function exists(id)
  return redis.call('HEXISTS', sent, 'm:' .. id) == 1 or redis.call('HEXISTS', running, id) == 1
end

local waits_for = nil
if kind == 'send' then
  if parent == 'newest' then
    parent = redis.call('HGET', sent, 'newest') or nil
  elseif parent == 'root' then
    parent = nil
  elseif not exists(parent) then
    return {'NOT_FOUND', 'message'}
  end
  if parent and redis.call('HEXISTS', running, parent) == 1 then waits_for = parent end
else
  -- `parent` is the user message to answer again: only those have a generation in their record.
  local record = redis.call('HGET', sent, 'm:' .. parent)
  if not record then
    if redis.call('HEXISTS', running, parent) == 1 then
      return {'INVALID', 'Only a user message can be answered.'}
    end
    return {'NOT_FOUND', 'message'}
  end
  local question = cjson.decode(record)
  if not question.generationId then return {'INVALID', 'Only a user message can be answered.'} end
  if question.parentId and redis.call('HEXISTS', running, question.parentId) == 1 then
    waits_for = question.parentId
  end
  if ARGV[13] ~= '' then
    local continued = redis.call('HGET', sent, 'm:' .. ARGV[13])
    if not continued then
      if redis.call('HEXISTS', running, ARGV[13]) == 1 then
        return {'INVALID', 'Only an answer that has ended can be continued.'}
      end
      return {'NOT_FOUND', 'message'}
    end
    local position = cjson.decode(continued).position
    local answer = cjson.decode(redis.call('LINDEX', messages, -(position + 1)))
    local metadata = answer.data.response_metadata
    if answer.type ~= 'ai' or (metadata.status ~= 'stopped' and metadata.status ~= 'failed') then
      return {'INVALID', 'Only a stopped or failed answer can be continued.'}
    end
    if answer.data.additional_kwargs.parentId ~= parent then
      return {'INVALID', 'That answer belongs to another message.'}
    end
  end
  message_id = parent
end

redis.call('ZADD', k.active, ARGV[14], conversation_id)
local record = k.generation .. generation_id
redis.call('HSET', record, 'conversationId', conversation_id, 'userId', owner, 'parentId', message_id,
  'createdAt', ARGV[14], 'fence', '0', 'attempts', '0', 'progress', '0')
if ARGV[12] ~= '' then redis.call('HSET', record, 'model', ARGV[12]) end
if ARGV[13] ~= '' then redis.call('HSET', record, 'continueFrom', ARGV[13]) end
if waits_for then redis.call('HSET', record, 'waitsFor', waits_for) end
if ARGV[22] ~= '' then redis.call('HSET', record, 'traceparent', ARGV[22]) end
redis.call('HSET', running, generation_id, message_id)

if kind == 'send' then
  local parent_json = parent and ('"' .. parent .. '"') or 'null'
  redis.call('LPUSH', messages, ARGV[8] .. parent_json .. ARGV[9])
  local position = redis.call('LLEN', messages) - 1
  redis.call('HSET', sent, request_key, '{"position":' .. integer(position) .. ',"generationId":"' ..
    generation_id .. '"' .. (parent and (',"parentId":"' .. parent .. '"') or '') .. '}')
  log_event(events, live, conversation_id, ARGV[10] .. parent_json .. ARGV[11], ARGV[16])
else
  redis.call('HSET', sent, request_key, '{"generationId":"' .. generation_id .. '"}')
end

local position
if waits_for then
  position = queued + 1
else
  position = enqueue(queue, clock, work, generation_id, owner)
end
log_event(events, live, conversation_id,
  queued_event(generation_id, message_id, position, estimate_json(clock, position)), ARGV[17])
redis.call('HSET', sent, 'newest', generation_id)
redis.call('HSET', conversation, 'updatedAt', ARGV[15])
keep_for(ARGV[18], k)
return {'OK', generation_id}
