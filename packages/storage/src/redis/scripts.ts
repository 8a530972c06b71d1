/**
 * What has to happen in one step, as Lua that the server runs. Every key of a bucket has the bucket's name as its hash
 * tag, so that in a cluster they lie on one node, where a script may use them all:
 *
 * | key                     | holds                                                                             |
 * | ----------------------- | --------------------------------------------------------------------------------- |
 * | `skein:{bucket}`        | when the bucket was made                                                           |
 * | `skein:{bucket}:index`  | a sorted set of the keys, all with score 0: in the order of their bytes            |
 * | `skein:{bucket}:o:KEY`  | a hash: `e` etag, `t` time, `d` the description as JSON, `b` the body when it is small |
 * | `skein:{bucket}:c:ETAG` | a hash of the chunks of one version; expires unless the version is current         |
 */

/** A script and how many of its arguments are keys. */
export interface RedisScript {
  readonly numberOfKeys: number;
  readonly lua: string;
}

/** KEYS: bucket, index, object, chunks. ARGV: key, etag, description, condition, etag expected, chunks, grace, prefix of chunks, body. */
const publish = `
local key, etag, chunks, grace = ARGV[1], ARGV[2], tonumber(ARGV[6]), tonumber(ARGV[7])
if redis.call('EXISTS', KEYS[1]) == 0 then return {'no-bucket'} end
local found = redis.call('HGET', KEYS[3], 'e')
if found == etag then return {'ok'} end
if (ARGV[4] == 'absent' and found) or (ARGV[4] == 'match' and found ~= ARGV[5]) then return {'refused', found} end
if chunks > 0 and redis.call('HLEN', KEYS[4]) ~= chunks then return {'expired'} end
if found and redis.call('HEXISTS', KEYS[3], 'b') == 0 then
  local old = ARGV[8] .. found
  if grace > 0 then redis.call('PEXPIRE', old, grace) else redis.call('UNLINK', old) end
end
local now = redis.call('TIME')
local time = string.format('%.0f', now[1] * 1000 + math.floor(now[2] / 1000))
if chunks > 0 then
  redis.call('HSET', KEYS[3], 'e', etag, 't', time, 'd', ARGV[3])
  redis.call('HDEL', KEYS[3], 'b')
  redis.call('PERSIST', KEYS[4])
else
  redis.call('HSET', KEYS[3], 'e', etag, 't', time, 'd', ARGV[3], 'b', ARGV[9])
end
if not found then redis.call('ZADD', KEYS[2], 0, key) end
return {'ok'}
`;

/** KEYS: bucket, chunks. ARGV: index, life in ms, bytes. */
const writeChunk = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return 1
`;

/** KEYS: chunks. ARGV: life in ms. Those of a current version do not expire, and must not begin to. */
const keepChunks = `
local left = redis.call('PTTL', KEYS[1])
if left >= 0 and left < tonumber(ARGV[1]) then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return left
`;

/** KEYS: object, chunks. ARGV: etag. A version whose publication was answered too late is left alone. */
const discard = `
if redis.call('HGET', KEYS[1], 'e') ~= ARGV[1] then redis.call('UNLINK', KEYS[2]) end
return 1
`;

/** KEYS: bucket, index. ARGV: grace, prefix of objects, prefix of chunks, and the keys. */
const remove = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local grace = tonumber(ARGV[1])
for i = 4, #ARGV do
  local object = ARGV[2] .. ARGV[i]
  local found = redis.call('HGET', object, 'e')
  if found and redis.call('HEXISTS', object, 'b') == 0 then
    local old = ARGV[3] .. found
    if grace > 0 then redis.call('PEXPIRE', old, grace) else redis.call('UNLINK', old) end
  end
  redis.call('UNLINK', object)
  redis.call('ZREM', KEYS[2], ARGV[i])
end
return 1
`;

/**
 * KEYS: bucket, index. ARGV: from and to as ZRANGEBYLEX takes them, bytes of the prefix, delimiter, entries at most, prefix
 * of objects. Answers false when there is no bucket, else where to go on (empty: nowhere) and then four values an entry: key,
 * etag, time, description; of a common prefix only the first. What lies below a common prefix is skipped, not read: 255
 * is in no key.
 */
const list = `
if redis.call('EXISTS', KEYS[1]) == 0 then return false end
local from, to, length, delimiter, left = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5])
local out = {''}
while left > 0 do
  local ask = left
  if delimiter ~= '' and ask > 32 then ask = 32 end
  local keys = redis.call('ZRANGEBYLEX', KEYS[2], from, to, 'LIMIT', 0, ask)
  for _, key in ipairs(keys) do
    local common = nil
    if delimiter ~= '' then
      local _, last = string.find(key, delimiter, length + 1, true)
      if last then common = string.sub(key, 1, last) end
    end
    left = left - 1
    if common then
      out[#out + 1] = common
      for _ = 1, 3 do out[#out + 1] = '' end
      from = '[' .. common .. '\\255'
      break
    end
    from = '(' .. key
    local about = redis.call('HMGET', ARGV[6] .. key, 'e', 't', 'd')
    if about[1] then
      out[#out + 1] = key
      for i = 1, 3 do out[#out + 1] = about[i] end
    end
  end
  if #keys == 0 then return out end
end
out[1] = from
return out
`;

/** KEYS: bucket, index. Answers how many objects there are, -1 without a bucket. */
const removeBucket = `
if redis.call('EXISTS', KEYS[1]) == 0 then return -1 end
local objects = redis.call('ZCARD', KEYS[2])
if objects == 0 then redis.call('DEL', KEYS[1]) end
return objects
`;

export const SCRIPTS: Readonly<
  Record<
    'publish' | 'writeChunk' | 'keepChunks' | 'discard' | 'remove' | 'list' | 'removeBucket',
    RedisScript
  >
> = {
  publish: { numberOfKeys: 4, lua: publish },
  writeChunk: { numberOfKeys: 2, lua: writeChunk },
  keepChunks: { numberOfKeys: 1, lua: keepChunks },
  discard: { numberOfKeys: 2, lua: discard },
  remove: { numberOfKeys: 2, lua: remove },
  list: { numberOfKeys: 2, lua: list },
  removeBucket: { numberOfKeys: 2, lua: removeBucket },
};
