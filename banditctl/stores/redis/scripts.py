"""The two writes that must be whole: events with their ids, and evidence with its cursor."""

# KEYS: events, and the ids of this era, the one before and the one after (clocks differ between intakes).
# ARGV: the 16-byte digests of the ids in one string, milliseconds to keep them, when the events were received,
# then a row for each event.
# Answers 1 for each event that was new. All new rows go into one entry: one for each costs five times more.
APPEND = """
local ids, rows, answer, taken = {}, {}, {}, {}
for i = 1, #ARGV[1] / 16 do ids[i] = string.sub(ARGV[1], 16 * i - 15, 16 * i) end
local now = redis.call('SMISMEMBER', KEYS[2], unpack(ids))
local before = redis.call('SMISMEMBER', KEYS[3], unpack(ids))
local after = redis.call('SMISMEMBER', KEYS[4], unpack(ids))
local new = {}
for i, id in ipairs(ids) do
  answer[i] = 0
  if now[i] + before[i] + after[i] == 0 and not taken[id] then
    taken[id] = true
    answer[i] = 1
    new[#new + 1] = id
    rows[#rows + 1] = ARGV[i + 3]
  end
end
if #new > 0 then
  redis.call('SADD', KEYS[2], unpack(new))
  redis.call('PEXPIRE', KEYS[2], ARGV[2])
  redis.call('XADD', KEYS[1], '*', 'at', ARGV[3], 'rows', table.concat(rows, '\\n'))
end
return answer
"""

# KEYS: ledger, strata, events, the attributions of this era, then those of eras that are over.
# ARGV: the version that was read; the cursor; the ledger without its strata; how many strata and how many
# attributions follow; then a name and a document for each.
# Answers 1, or 0 with nothing done if the version has moved on. Entries up to the cursor are forgotten.
SAVE = """
local version = tonumber(redis.call('HGET', KEYS[1], 'version') or '0')
if version ~= tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'version', version + 1, 'head', ARGV[3])
local at = 6
for _ = 1, tonumber(ARGV[4]) do
  redis.call('HSET', KEYS[2], ARGV[at], ARGV[at + 1])
  at = at + 2
end
for _ = 1, tonumber(ARGV[5]) do
  redis.call('HSET', KEYS[4], ARGV[at], ARGV[at + 1])
  at = at + 2
end
for i = 5, #KEYS do redis.call('DEL', KEYS[i]) end
redis.call('XTRIM', KEYS[3], 'MINID', ARGV[2])
redis.call('XDEL', KEYS[3], ARGV[2])
return 1
"""
