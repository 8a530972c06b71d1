/**
 * What Redis does in one step. A namespace is these keys:
 *
 * | key                 | holds                                                                                |
 * | ------------------- | ------------------------------------------------------------------------------------ |
 * | `skein-cache:{NS}`  | `n a`: the position of its history, and where all was last made invalid              |
 * | `…:keys`, `…:tags`  | sorted sets: at which position a key, or tag, was last made invalid; '' up to where that is forgotten |
 * | `…:e:KEY`           | an entry, see {@link EntryLine}: a line, its tags, and the bytes of a small one      |
 * | `…:b:VERSION`       | the bytes of a large one, a hash of chunks                                           |
 * | `…:l:KEY`           | a lease: its fence and its holder                                                    |
 *
 * An entry without tags is read by one MGET of its namespace and itself, which takes Redis a tenth of a script: what R1 asks is then
 * decided by who reads.
 *
 * - **R1** An entry is given only if nothing since its `p` has made it invalid. Whichever of these keys Redis evicts, what remains is
 *   taken for invalid rather than for valid.
 * - **R2** A lost history begins at the time of day in microseconds, beyond all positions there were.
 * - **R3** An invalidation and the message that tells it are one step, so that who hears them hears them in their order.
 * - **R4** Where memory is short Redis refuses a script's first command that needs some, and none after the first that writes. So what makes
 *   invalid begins with what needs none, and what keeps entries does not.
 *
 * Names of keys and tags are JSON, which tells apart also what UTF-8 does not; lists of them are lines.
 */

/**
 * What an entry begins with: `p i c s f t`, decimal numbers but for `i`, and a line feed. `p` is the position of the look that found the gap
 * it fills, `i` its version, `c` its chunks, `s` its bytes, `f` the fence of its loader, `t` the bytes of its tags, which follow.
 */
export interface EntryLine {
  readonly position: number;
  readonly version: string;
  readonly chunks: number;
  readonly bytes: number;
  readonly tagBytes: number;
  /** What follows the line, from there. */
  readonly end: number;
}

/** Numbers have 16 digits at most, versions have 12. */
const MOST_LINE = 128;

/** Undefined for what is no entry. */
export function entryLine(entry: Buffer): EntryLine | undefined {
  const text = entry.toString('latin1', 0, MOST_LINE);
  const [line, position, version = '', chunks, bytes, , tagBytes] =
    /^(\d+) (\S+) (\d+) (\d+) (\d+) (\d+)\n/.exec(text) ?? [];
  if (line === undefined) return undefined;
  const end = line.length;
  return {
    position: Number(position),
    version,
    chunks: Number(chunks),
    bytes: Number(bytes),
    tagBytes: Number(tagBytes),
    end,
  };
}

/** Position and beginning of a history; undefined where there is none. */
export function clockOf(
  text: Buffer | null,
): { readonly position: number; readonly begun: number } | undefined {
  const [, position, begun] = /^(\d+) (\d+)$/.exec(text?.toString('latin1') ?? '') ?? [];
  return position === undefined ? undefined : { position: Number(position), begun: Number(begun) };
}

export interface RedisScript {
  readonly numberOfKeys: number;
  readonly lua: string;
}

/** Names whose last invalidation is remembered: keys for loads under way and lost connections, tags for entries at rest. */
const KEYS_KEPT = 4_000;
const TAGS_KEPT = 10_000;

/** KEYS: the namespace, keys, tags. */
const history = `
local clock, keys, tags = KEYS[1], KEYS[2], KEYS[3]
local function text(position) return string.format('%.0f', position) end
local n, all = string.match(redis.call('GET', clock) or '', '^(%d+) (%d+)$')
n, all = tonumber(n), tonumber(all)
local function keep() redis.call('SET', clock, text(n) .. ' ' .. text(all)) end
local function line(entry)
  local p, i, f = string.match(redis.call('GETRANGE', entry, 0, ${MOST_LINE}), '^(%d+) (%S+) %d+ %d+ (%d+) %d+\\n')
  return {p = tonumber(p), i = i, f = tonumber(f)}
end
local function begin(at)
  n, all = at, at
  keep()
  redis.call('ZADD', keys, text(n), '')
  redis.call('ZADD', tags, text(n), '')
end
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end
if not n then
  redis.call('UNLINK', keys, tags)
  begin(now())
end
local function floor(names) return tonumber(redis.call('ZSCORE', names, '') or n) end
local function last(names, name) return tonumber(redis.call('ZSCORE', names, name) or 0) end
local function isCurrent(since, tagged)
  if since < all or since > n then return false end
  if tagged == '' then return true end
  if since < floor(tags) then return false end
  for tag in string.gmatch(tagged, '[^\\n]+') do
    if last(tags, tag) > since then return false end
  end
  return true
end
local function say(channel, sender, kind, name)
  redis.call('PUBLISH', channel, table.concat({text(n), sender, kind, name}, ' '))
end
local function record(names, name, most)
  if not redis.call('ZSCORE', names, '') then redis.call('ZADD', names, text(n), '') end
  n = n + 1
  keep()
  redis.call('ZADD', names, text(n), name)
  local over = redis.call('ZCARD', names) - 1 - most
  if over > 0 then
    local forgotten = redis.call('ZRANGE', names, over, over, 'WITHSCORES')[2]
    redis.call('ZREMRANGEBYRANK', names, 1, over)
    redis.call('ZADD', names, forgotten, '')
  end
end
`;

/** KEYS: history, entry. ARGV: prefix of bodies. Answers the position, and an entry that is valid. */
const read = `${history}
local found = redis.call('GET', KEYS[4])
if not found then return {text(n)} end
local p, i, tagBytes, at = string.match(found, '^(%d+) (%S+) %d+ %d+ %d+ (%d+)\\n()')
if p and isCurrent(tonumber(p), string.sub(found, at, at + tagBytes - 1)) then return {text(n), found} end
redis.call('UNLINK', KEYS[4], ARGV[1] .. (i or ''))
return {text(n)}
`;

/**
 * KEYS: history, entry, body. ARGV: channel, sender, key, position or '' when somebody has set it, tags, version, chunks, bytes, life in
 * ms or '', fence or 0, prefix of bodies, body.
 */
const publish = `${history}
local since, fence, version = tonumber(ARGV[4]), tonumber(ARGV[10]), ARGV[6]
if since then
  if not isCurrent(since, ARGV[5]) or since < floor(keys) or last(keys, ARGV[3]) > since then return 'invalidated' end
  if fence > 0 and (line(KEYS[4]).f or 0) > fence then return 'invalidated' end
else
  record(keys, ARGV[3], ${KEYS_KEPT})
  say(ARGV[1], ARGV[2], 'key', ARGV[3])
  since = n
end
if tonumber(ARGV[7]) ~= redis.call('HLEN', KEYS[5]) then
  if ARGV[4] == '' then redis.call('UNLINK', KEYS[4]) end
  return 'full'
end
local old = line(KEYS[4]).i
local head = table.concat({text(since), version, ARGV[7], ARGV[8], ARGV[10], #ARGV[5]}, ' ')
redis.call('SET', KEYS[4], head .. '\\n' .. ARGV[5] .. ARGV[12])
if old and old ~= version then redis.call('UNLINK', ARGV[11] .. old) end
for at = 4, 5 do
  if ARGV[9] == '' then redis.call('PERSIST', KEYS[at]) else redis.call('PEXPIRE', KEYS[at], ARGV[9]) end
end
return 'kept'
`;

/** KEYS: body. ARGV: index, life in ms, bytes. */
const writeChunk = `
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
`;

/** KEYS: entry, body. ARGV: version. */
const drop = `
local version = string.match(redis.call('GETRANGE', KEYS[1], 0, ${MOST_LINE}), '^%d+ (%S+)')
if version == ARGV[1] then redis.call('UNLINK', KEYS[1], KEYS[2]) end
return 1
`;

/** KEYS: history, entry. ARGV: channel, sender, key, prefix of bodies. */
const remove = `
local version = string.match(redis.call('GETRANGE', KEYS[4], 0, ${MOST_LINE}), '^%d+ (%S+)')
redis.call('UNLINK', KEYS[4], ARGV[4] .. (version or ''))
${history}
record(keys, ARGV[3], ${KEYS_KEPT})
say(ARGV[1], ARGV[2], 'key', ARGV[3])
return 1
`;

/** KEYS: history. ARGV: channel, sender, tag. */
const invalidate = `
redis.call('ZREM', KEYS[3], ARGV[3])
${history}
record(tags, ARGV[3], ${TAGS_KEPT})
say(ARGV[1], ARGV[2], 'tag', ARGV[3])
return 1
`;

/** KEYS: history. ARGV: channel, sender. */
const clear = `
redis.call('UNLINK', KEYS[2], KEYS[3])
${history}
begin(math.max(n + 1, now()))
say(ARGV[1], ARGV[2], 'all', '')
return 1
`;

/** KEYS: history, and one entry. ARGV: prefix of bodies. Removes it if it was made invalid with all others. */
const sweep = `${history}
local found = line(KEYS[4])
if (found.p or 0) < all then redis.call('UNLINK', KEYS[4], ARGV[1] .. (found.i or '')) end
return 1
`;

/** KEYS: history. ARGV: position, or '' for the present one alone. Answers the present one, then kind and name of what is invalid since. */
const since = `${history}
local from = tonumber(ARGV[1])
if not from then return {text(n)} end
if from < all or from > n or from < floor(keys) or from < floor(tags) then return {text(n), 'all', ''} end
local said = {text(n)}
for kind, names in pairs({key = keys, tag = tags}) do
  for _, name in ipairs(redis.call('ZRANGEBYSCORE', names, '(' .. text(from), '+inf')) do
    said[#said + 1] = kind
    said[#said + 1] = name
  end
end
return said
`;

/** KEYS: history, lease. ARGV: holder, life in ms. Answers the fence, false while another has it. One that is sent again has it. */
const acquire = `${history}
local held = redis.call('GET', KEYS[4])
if held then
  local fence, holder = string.match(held, '^(%d+) (.*)$')
  return holder == ARGV[1] and fence
end
n = n + 1
keep()
redis.call('SET', KEYS[4], text(n) .. ' ' .. ARGV[1], 'PX', ARGV[2])
return text(n)
`;

/** KEYS: lease. ARGV: fence and holder, life in ms. */
const renew = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
`;

/** KEYS: lease. ARGV: fence and holder, channel, sender, key. */
const free = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('PUBLISH', ARGV[2], table.concat({'0', ARGV[3], 'free', ARGV[4]}, ' '))
return 1
`;

export type ScriptName =
  | 'read'
  | 'publish'
  | 'writeChunk'
  | 'drop'
  | 'remove'
  | 'invalidate'
  | 'clear'
  | 'sweep'
  | 'since'
  | 'acquire'
  | 'renew'
  | 'free';

/** Under names that no command of Redis has. */
export const SCRIPTS: Readonly<Record<`skein_${ScriptName}`, RedisScript>> = {
  skein_read: { numberOfKeys: 4, lua: read },
  skein_publish: { numberOfKeys: 5, lua: publish },
  skein_writeChunk: { numberOfKeys: 1, lua: writeChunk },
  skein_drop: { numberOfKeys: 2, lua: drop },
  skein_remove: { numberOfKeys: 4, lua: remove },
  skein_invalidate: { numberOfKeys: 3, lua: invalidate },
  skein_clear: { numberOfKeys: 3, lua: clear },
  skein_sweep: { numberOfKeys: 4, lua: sweep },
  skein_since: { numberOfKeys: 3, lua: since },
  skein_acquire: { numberOfKeys: 4, lua: acquire },
  skein_renew: { numberOfKeys: 1, lua: renew },
  skein_free: { numberOfKeys: 1, lua: free },
};
