import type { OpenMode, PathLike } from 'node:fs';
import type { Readable } from 'node:stream';
import type { BodyInput } from '../body.ts';
import { bodyOf, encodingOf, piecesOf } from './content.ts';
import { type Call, fsError, speakingOf } from './errors.ts';
import { Draft } from './open/draft.ts';
import { ObjectFileHandle } from './open/file-handle.ts';
import { parseFlags } from './open/flags.ts';
import { OpenFile } from './open/open-file.ts';
import { type Place, pathText } from './paths.ts';
import { append, type Current, requireCapability, revise } from './revise.ts';
import { type Tree, unlessCode } from './tree.ts';

interface DataOptions {
  readonly encoding?: BufferEncoding | 'buffer' | null | undefined;
  readonly flag?: OpenMode | undefined;
  readonly signal?: AbortSignal | undefined;
}

type Target = PathLike | ObjectFileHandle;
type Options = DataOptions | BufferEncoding | null;

/** Whole files. */
export interface FileOperations {
  readFile(file: Target, options?: Options): Promise<string | Buffer>;
  writeFile(file: Target, data: unknown, options?: Options): Promise<void>;
  appendFile(file: Target, data: unknown, options?: Options): Promise<void>;
  truncate(path: PathLike, length?: number): Promise<void>;
  open(path: PathLike, flags?: string | number): Promise<ObjectFileHandle>;
}

export function fileOperations(tree: Tree): FileOperations {
  const writeFile: FileOperations['writeFile'] = async (file, data, options) => {
    const { encoding, flag = 'w', signal } = settings(options);
    const body = bodyOf(data, encoding);
    if (file instanceof ObjectFileHandle) return file.writeFile(body, { signal });
    const access = parseFlags(flag);
    const call = { syscall: 'open', path: pathText(file) };
    const place = tree.place(file, 'open');
    const write = async (): Promise<void> => {
      signal?.throwIfAborted();
      if (access.append) return appendBody(tree, place, call, body, access.exclusive, signal);
      if (access.create && access.truncate) return create(tree, place, call, body, access.exclusive, signal);
      const handle = await openHandle(tree, place, call, flag);
      try {
        await handle.writeFile(body, { signal });
      } catch (error) {
        await handle.abandon();
        throw error;
      }
      await handle.close();
    };
    await speakingOf(call, write, signal ?? tree.options.signal);
  };

  return {
    async readFile(file, options) {
      const { encoding, flag = 'r', signal } = settings(options);
      if (file instanceof ObjectFileHandle) return inText(await file.readFile({ signal }), encoding);
      const access = parseFlags(flag);
      const call = { syscall: 'open', path: pathText(file) };
      const place = tree.place(file, 'open');
      const read = async (): Promise<Buffer> => {
        signal?.throwIfAborted();
        if (access.read && !access.create && !access.truncate) return readWhole(tree, place, call, signal);
        const handle = await openHandle(tree, place, call, flag);
        try {
          return await handle.readFile({ signal });
        } finally {
          await handle.close();
        }
      };
      return inText(await speakingOf(call, read, signal ?? tree.options.signal), encoding);
    },

    writeFile,

    async appendFile(file, data, options) {
      await writeFile(file, data, { ...settings(options), flag: settings(options).flag ?? 'a' });
    },

    async truncate(path, length = 0) {
      const call = { syscall: 'open', path: pathText(path) };
      const place = tree.place(path, 'open');
      await speakingOf(call, async () => {
        await revise(tree, place, call, (current) => resized(tree, place, current, Math.max(0, length)), {
          create: false,
        });
      });
    },

    async open(path, flags = 'r') {
      const call = { syscall: 'open', path: pathText(path) };
      const place = tree.place(path, 'open');
      return speakingOf(call, () => openHandle(tree, place, call, flags), tree.options.signal);
    },
  };
}

export async function openHandle(
  tree: Tree,
  place: Place,
  call: Call,
  flags: unknown,
): Promise<ObjectFileHandle> {
  return new ObjectFileHandle(tree, await OpenFile.open(tree, place, call, flags));
}

/** One request, unless it fails. */
async function readWhole(
  tree: Tree,
  place: Place,
  call: Call,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  await tree.requireFilePath(place, call, false);
  const whole = await unlessCode(
    tree.storage.getObject(tree.bucket, place.key, tree.wait(signal)),
    'no-such-key',
  );
  if (whole) return whole;
  if (await tree.firstBelow(place)) throw fsError('EISDIR', { ...call, syscall: 'read' });
  return tree.missing(place, call);
}

/** Writes a file that is new or replaces another. */
async function create(
  tree: Tree,
  place: Place,
  call: Call,
  body: BodyInput,
  exclusive: boolean,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (exclusive) await requireCapability(tree, 'if-none-match', call);
  await tree.requireRoom(place, call, exclusive);
  const condition = exclusive ? ({ ifNoneMatch: '*' } as const) : {};
  await tree.storage.putObject(tree.bucket, place.key, body, { ...tree.wait(signal), ...condition });
}

/** A stream is taken in first, because the object is perhaps written more than once. */
async function appendBody(
  tree: Tree,
  place: Place,
  call: Call,
  body: BodyInput,
  exclusive: boolean,
  signal: AbortSignal | undefined,
): Promise<void> {
  const draft = new Draft(tree.options.spoolBytes);
  try {
    for await (const part of piecesOf(body, tree.wait(signal).signal)) await draft.write(part);
    await append(tree, place, call, draft, { create: true, exclusive, signal });
  } finally {
    await draft.close();
  }
}

/** The first `size` bytes of what is there, and zeros where it has fewer. */
async function resized(
  tree: Tree,
  place: Place,
  current: Current | undefined,
  size: number,
): Promise<BodyInput> {
  if (!current || size === 0) return '';
  const { info, body } = current;
  if (size >= info.size) return padded(body, size - info.size);
  // The rest is not transferred; the condition of the write sees to it that both reads are of one version.
  body.destroy();
  const range = { start: 0, end: size - 1 };
  return tree.storage.getObject(tree.bucket, place.key, { ...tree.wait(), range, stream: true });
}

async function* padded(body: Readable, zeros: number): AsyncGenerator<Uint8Array> {
  yield* body;
  const block = Buffer.alloc(Math.min(zeros, 64 * 1024));
  for (let left = zeros; left > 0; left -= block.byteLength) yield block.subarray(0, left);
}

function settings(options: Options | undefined): DataOptions {
  const encoding = encodingOf(options) as BufferEncoding | undefined;
  return { ...(typeof options === 'object' ? options : undefined), encoding };
}

function inText(bytes: Buffer, encoding: string | null | undefined): string | Buffer {
  return encoding && encoding !== 'buffer' ? bytes.toString(encoding as BufferEncoding) : bytes;
}
