import type { PathLike, ReadStream, WriteStream } from 'node:fs';
import { PassThrough } from 'node:stream';
import { StorageError } from '../../errors.ts';
import { type Call, fsError, speakingOf, translate } from '../errors.ts';
import { openHandle } from '../files.ts';
import { ObjectFileHandle } from '../open/file-handle.ts';
import { parseFlags } from '../open/flags.ts';
import { type Place, pathText } from '../paths.ts';
import { requireCapability } from '../revise.ts';
import type { Tree } from '../tree.ts';
import { checkOffset, checkSpan, ObjectReadStream, type ReadSettings } from './read-stream.ts';
import { ObjectWriteStream, type WriteSettings, type WriteSink } from './write-stream.ts';

/** What of Node's options has a meaning here. `fd` takes a handle of this view. */
interface StreamSettings {
  readonly flags?: string | undefined;
  readonly fd?: unknown;
  readonly autoClose?: boolean | undefined;
  readonly start?: number | undefined;
  readonly fs?: unknown;
}

export interface PathStreams {
  createReadStream(
    path: PathLike,
    options?: BufferEncoding | (StreamSettings & ReadSettings & { readonly end?: number | undefined }),
  ): ReadStream;
  createWriteStream(path: PathLike, options?: BufferEncoding | (StreamSettings & WriteSettings)): WriteStream;
}

export function pathStreams(tree: Tree): PathStreams {
  return {
    createReadStream(path, options = {}) {
      const settings = typeof options === 'string' ? { encoding: options } : options;
      const { start = 0, end } = checkSpan(settings.start, settings.end);
      const handle = handleOf(settings);
      if (handle) return handle.createReadStream({ ...settings, signal: settings.signal ?? undefined });
      const call = { syscall: 'open', path: pathText(path) };
      const place = tree.place(path, 'open');
      const { read, write } = parseFlags(settings.flags);
      if (!read || write)
        throw fsError('EINVAL', call, { why: `a stream that reads opens with 'r', not '${settings.flags}'` });
      const open = (signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> =>
        speakingOf(call, () => openObject(tree, place, call, start, end, signal), signal);
      return new ObjectReadStream(call.path, { open, close: async () => {} }, settings);
    },

    createWriteStream(path, options = {}) {
      const settings = typeof options === 'string' ? { encoding: options } : options;
      const handle = handleOf(settings);
      if (handle) return handle.createWriteStream(settings);
      const { flags = 'w', start, signal } = settings;
      if (start !== undefined) checkOffset('start', start);
      const call = { syscall: 'open', path: pathText(path) };
      const place = tree.place(path, 'open');
      const { append, create, truncate, exclusive } = parseFlags(flags);
      // What begins within a file, or adds to it, needs a draft.
      const direct = create && truncate && !append && !start;
      const open = (): Promise<WriteSink> =>
        speakingOf(call, async () => {
          if (direct) return upload(tree, place, call, exclusive, signal ?? undefined);
          return draftSink(await openHandle(tree, place, call, flags), start);
        });
      return new ObjectWriteStream(call.path, open, settings);
    },
  };
}

function handleOf({ fd, fs }: StreamSettings): ObjectFileHandle | undefined {
  if (fs !== undefined && fs !== null) {
    throw fsError(
      'ENOTSUP',
      { syscall: 'open' },
      { why: 'the option fs replaces calls on descriptors, of which there are none' },
    );
  }
  if (fd === undefined || fd === null) return undefined;
  if (fd instanceof ObjectFileHandle) return fd;
  throw fsError('EBADF', { syscall: 'open' }, { why: 'fd must be a FileHandle of this view' });
}

/** One request; what begins past the end is empty. */
async function openObject(
  tree: Tree,
  place: Place,
  call: Call,
  start: number,
  end: number,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  await tree.requireFilePath(place, call, false);
  const whole = start === 0 && end === Number.POSITIVE_INFINITY;
  const range = whole ? undefined : { start, end: end === Number.POSITIVE_INFINITY ? undefined : end };
  try {
    const options = { ...tree.wait(signal), stream: true, range } as const;
    const body = await tree.storage.getObject(tree.bucket, place.key, options);
    // It fails when the stream is destroyed before anything was read of it, and nobody else listens then.
    body.on('error', () => {});
    return translated(body, call, signal);
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    if (error.code === 'bad-range') return translated([], call, signal);
    if (error.code === 'no-such-key') await tree.noFile(place, call);
    throw error;
  }
}

/** The bytes as they come; what goes wrong on the way is said in Node's words. */
async function* translated(
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { path }: Call,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw translate(error, { syscall: 'read', path }, signal);
  }
}

/** Sends chunks on as they come, no faster than the store takes them. */
async function upload(
  tree: Tree,
  place: Place,
  call: Call,
  exclusive: boolean,
  signal: AbortSignal | undefined,
): Promise<WriteSink> {
  if (exclusive) {
    await requireCapability(tree, 'if-none-match', call);
    // Said before the bytes are sent; that nobody was faster, the write itself sees to.
    if (await tree.head(place)) throw fsError('EEXIST', call);
  }
  await tree.requireRoom(place, call, exclusive);
  const chunks = new PassThrough();
  const ending = new AbortController();
  const either = signal ? AbortSignal.any([signal, ending.signal]) : ending.signal;
  const condition = exclusive ? ({ ifNoneMatch: '*' } as const) : {};
  const options = { ...tree.wait(either), ...condition };
  const writing = { ...call, syscall: 'write' };
  const stored = speakingOf(
    writing,
    () => tree.storage.putObject(tree.bucket, place.key, chunks, options),
    signal,
  );
  // Whoever writes next is told of a failure, or whoever commits.
  stored.catch(() => chunks.destroy());
  return {
    async write(chunk) {
      const taken = new Promise<void>((resolve, reject) => {
        chunks.write(chunk, (error) => (error ? reject(error) : resolve()));
      });
      try {
        await taken;
      } catch {
        await stored;
      }
    },
    async commit() {
      chunks.end();
      await stored;
    },
    async abandon() {
      ending.abort();
      await stored.catch(() => {});
    },
  };
}

function draftSink(handle: ObjectFileHandle, start: number | undefined): WriteSink {
  let position = start;
  return {
    async write(chunk) {
      await handle.write(chunk, 0, chunk.byteLength, position ?? null);
      if (position !== undefined) position += chunk.byteLength;
    },
    commit: () => handle.close(),
    abandon: () => handle.abandon(),
  };
}
