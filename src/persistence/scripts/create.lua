-- A conversation under its id: once, for any number of repetitions by its owner.
-- KEYS as `named_keys` takes them
-- ARGV conversationId owner ttl random imported(''|'1') (field value)…
-- → owner, JSON and whether it is new ('1'|''); false where the id is another's
local k = named_keys(KEYS)
local owner = redis.call('HGET', k.conversation, 'owner')
if owner and owner ~= ARGV[2] then return false end
if not owner then
  redis.call('HSET', k.conversation, 'owner', ARGV[2], unpack(ARGV, 6))
  if ARGV[5] == '1' then
    -- What was imported is not in the log, so nobody can replay it from before the first event.
    redis.call('XADD', k.events, '2-' .. ARGV[4], 'event', '{"type":"conversation.updated","conversation":' ..
      conversation_json(k.conversation, k.running, ARGV[1]) .. '}')
    for _, key in ipairs({k.messages, k.sent, k.words}) do redis.call('PERSIST', key) end
  end
  keep_for(ARGV[3], k)
end
return {ARGV[2], conversation_json(k.conversation, k.running, ARGV[1]), owner and '' or '1'}
