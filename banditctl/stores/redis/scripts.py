"""What Redis does in one step: keeping events, looking up their ids, saving evidence, holding a lease."""

# KEYS: events; the ids of this era, of the one before, and of the one after (clocks differ between intakes);
# how many events were accepted, and how many were duplicates; for an import, the lines done of each file.
# ARGV: the 16-byte ids of the events in one string, when they were received, and all of them in one row; for an
# import also the file, and its lines before and after.
# Answers the places, from 0, of those that were not new; the entry names them, too. One entry for all of them
# costs a fifth of one each, one string of ids a quarter of as many arguments. Nothing, with nothing done, if the
# file is not where it was before.
APPEND = """
local file, before, after = ARGV[4], ARGV[5], ARGV[6]
if file then
  if tonumber(redis.call('HGET', KEYS[6], file) or '0') ~= tonumber(before) then return false end
  redis.call('HSET', KEYS[6], file, after)
end
local count = #ARGV[1] / 16
local ids, fields = {}, {}
for i = 1, count do
  local id = string.sub(ARGV[1], 16 * i - 15, 16 * i)
  ids[i] = id
  fields[2 * i - 1] = id
  fields[2 * i] = ''
end
local skipped, skip = {}, {}
local function refuse(i)
  if not skipped[i] then
    skipped[i] = true
    skip[#skip + 1] = i - 1
  end
end
for bucket = 2, 4 do
  if bucket < 4 or redis.call('EXISTS', KEYS[bucket]) == 1 then
    local known = redis.call('HMGET', KEYS[bucket], unpack(ids))
    for i = 1, count do
      if known[i] then refuse(i) end
    end
  end
end
if #skip > 0 then
  fields = {}
  for i = 1, count do
    if not skipped[i] then
      fields[#fields + 1] = ids[i]
      fields[#fields + 1] = ''
    end
  end
end
if #fields > 0 and redis.call('HSET', KEYS[2], unpack(fields)) < #fields / 2 then
  local taken = {}
  for i = 1, count do
    if taken[ids[i]] then refuse(i) end
    taken[ids[i]] = true
  end
end
local entry = {'at', ARGV[2], 'rows', ARGV[3]}
if #skip > 0 then
  table.sort(skip)
  redis.call('HINCRBY', KEYS[5], 'duplicates', #skip)
  if #skip == count then return skip end
  entry[5], entry[6] = 'skip', table.concat(skip, ',')
end
if file then
  entry[#entry + 1] = 'imported'
  entry[#entry + 1] = '1'
end
redis.call('XADD', KEYS[1], '*', unpack(entry))
redis.call('HINCRBY', KEYS[5], 'accepted', count - #skip)
return skip
"""

# KEYS: ids of eras, the newest first. ARGV: 16-byte ids in one string.
# Answers what is known of each, '' where nothing is: as an exposure, else ('w' behind the id) as what waits for it.
LOOK_UP = """
local count = #ARGV[1] / 16
local answer, missing = {}, {}
for i = 1, count do
  answer[i] = ''
  missing[i] = i
end
for _, suffix in ipairs({'', 'w'}) do
  for _, bucket in ipairs(KEYS) do
    if #missing > 0 and redis.call('EXISTS', bucket) == 1 then
      local fields = {}
      for n, i in ipairs(missing) do fields[n] = string.sub(ARGV[1], 16 * i - 15, 16 * i) .. suffix end
      local still = {}
      for n, value in ipairs(redis.call('HMGET', bucket, unpack(fields))) do
        if value and value ~= '' then
          answer[missing[n]] = value
        else
          still[#still + 1] = missing[n]
        end
      end
      missing = still
    end
  end
end
return answer
"""

# KEYS: orders. ARGV: the id of an order, its document, how many orders are kept, and the place of the last one that
# was taken. Answers the place of the order and its document; of one that was given already, as it was then. Nothing,
# with nothing done, where as many wait as are kept: only those that were taken make room for others.
GIVE = """
for _, entry in ipairs(redis.call('XREVRANGE', KEYS[1], '+', '-')) do
  if entry[2][2] == ARGV[1] then return {entry[1], entry[2][4]} end
end
local waiting = redis.call('XRANGE', KEYS[1], '(' .. ARGV[4], '+', 'COUNT', ARGV[3])
if #waiting >= tonumber(ARGV[3]) then return false end
local place = redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[3], '*', 'id', ARGV[1], 'order', ARGV[2])
return {place, ARGV[2]}
"""

# KEYS: ledger, open strata, strata by hash, their order, events, ids of this era, then ids of eras that are over.
# ARGV: the version and the fencing token that were read; the version to write; the ledger without its strata; the
# generation of the order; the cursor; attributions as fields of 17 bytes, values, and their lengths in 8 digits, each
# in one string; how many open strata, closed ones and strata by hash follow; then `since` and document of each,
# `since` of each, digest and document of each.
# Answers 1, or 0 with nothing done if version or token have moved on. Entries up to the cursor are forgotten.
SAVE = """
if (redis.call('HGET', KEYS[1], 'version') or '') ~= ARGV[1] then return 0 end
if (redis.call('HGET', KEYS[1], 'token') or '0') ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[3], 'head', ARGV[4], 'generation', ARGV[5])
local fields, place = {}, 1
for i = 1, #ARGV[7] / 17 do
  local length = tonumber(string.sub(ARGV[9], 8 * i - 7, 8 * i))
  local waits = string.sub(ARGV[7], 17 * i, 17 * i) == 'w'
  fields[#fields + 1] = string.sub(ARGV[7], 17 * i - 16, 17 * i - (waits and 0 or 1))
  fields[#fields + 1] = string.sub(ARGV[8], place, place + length - 1)
  place = place + length
  if #fields == 4000 then
    redis.call('HSET', KEYS[6], unpack(fields))
    fields = {}
  end
end
if #fields > 0 then redis.call('HSET', KEYS[6], unpack(fields)) end
local at = 13
for _ = 1, tonumber(ARGV[10]) do
  redis.call('HSET', KEYS[2], ARGV[at], ARGV[at + 1])
  at = at + 2
end
for _ = 1, tonumber(ARGV[11]) do
  redis.call('HDEL', KEYS[2], ARGV[at])
  at = at + 1
end
for _ = 1, tonumber(ARGV[12]) do
  redis.call('HSET', KEYS[3], ARGV[at], ARGV[at + 1])
  redis.call('RPUSH', KEYS[4], ARGV[at])
  at = at + 2
end
for i = 7, #KEYS do redis.call('UNLINK', KEYS[i]) end
redis.call('XTRIM', KEYS[5], 'MINID', ARGV[6])
redis.call('XDEL', KEYS[5], ARGV[6])
return 1
"""

# KEYS: decisions, their lines, the lines of deeds. ARGV: the decision, its generation, its line, 1 if it is a deed, and
# how many decisions and how many lines are kept, more or less. All have it under the same name.
RECORD = """
local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[5], '*', 'generation', ARGV[2], 'decision', ARGV[1])
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[6], id, 'line', ARGV[3])
if ARGV[4] == '1' then redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[6], id, 'line', ARGV[3]) end
"""

# KEYS: lease, ledger. ARGV: who asks, for how many milliseconds, the token it has, 0 if none.
# Answers the token to write with, 0 if another holds the lease. A holder that comes back without a token, having
# died, gets a new one: what it may have left under way can write no more.
HOLD = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
local token = tonumber(redis.call('HGET', KEYS[2], 'token') or '0')
if token == 0 or token ~= tonumber(ARGV[3]) then token = redis.call('HINCRBY', KEYS[2], 'token', 1) end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return token
"""

# KEYS: lease. ARGV: who gives it up.
RELEASE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
"""
