import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type { BodyInput } from '../body.ts';
import type { ObjectInfo } from '../driver.ts';
import { StorageError } from '../errors.ts';
import type { PutOptions, PutResult } from '../storage.ts';
import { type Call, fsError } from './errors.ts';
import type { Place } from './paths.ts';
import { type Tree, unlessCode } from './tree.ts';

/** Objects up to this size are joined in memory: a stream of a few bytes costs more than the bytes. */
const SMALL_BYTES = 1024 * 1024;

/** The longest pause between two attempts; each is a random part of it, growing from 2 ms. */
const MAX_PAUSE_MS = 200;

/** The version that is there. */
export interface Current {
  readonly info: ObjectInfo;
  readonly body: Readable;
}

/** What is added to an object. Read again for each attempt. */
export interface Addition {
  readonly size: number;
  chunks(): AsyncIterable<Uint8Array>;
}

/**
 * Replaces an object by one that is made of it. Whoever else writes meanwhile makes the attempt void (`ifMatch`), and it is
 * made again of what is there then: nothing that was written is lost.
 */
export async function revise(
  tree: Tree,
  place: Place,
  call: Call,
  make: (current: Current | undefined) => Promise<BodyInput>,
  options: {
    readonly create: boolean;
    readonly exclusive?: boolean;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<PutResult> {
  await tree.requireFilePath(place, call, options.create);
  await requireCapability(tree, 'if-match', call);
  if (options.create) await requireCapability(tree, 'if-none-match', call);
  const wait = tree.wait(options.signal);
  const until = performance.now() + tree.options.patienceMs;
  for (let attempt = 1; ; attempt++) {
    const reading = tree.storage.getObject(tree.bucket, place.key, { ...wait, stream: true, info: true });
    const current = await unlessCode(reading, 'no-such-key');
    try {
      if (current && options.exclusive) throw fsError('EEXIST', call);
      if (!current)
        await (options.create ? tree.requireRoom(place, call, options.exclusive) : tree.noFile(place, call));
      const body = await make(current);
      const put = current
        ? { ...keptOf(current.info), ifMatch: current.info.etag }
        : { ifNoneMatch: '*' as const };
      return await tree.storage.putObject(tree.bucket, place.key, body, { ...wait, ...put });
    } catch (error) {
      // An object that went away meanwhile is 'no such key' to some stores.
      const changed =
        error instanceof StorageError &&
        (error.code === 'precondition-failed' || error.code === 'no-such-key');
      if (!changed) throw error;
      if (performance.now() > until) throw contended(tree, call, error);
    } finally {
      current?.body.destroy();
    }
    await pause(Math.random() * Math.min(2 ** attempt, MAX_PAUSE_MS), undefined, wait);
  }
}

/** Adds to the end of an object, which is written again as a whole. */
export function append(
  tree: Tree,
  place: Place,
  call: Call,
  addition: Addition,
  options: {
    readonly create: boolean;
    readonly exclusive?: boolean;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<PutResult> {
  const make = async (current: Current | undefined): Promise<BodyInput> => {
    const all = joined(current?.body ?? [], addition.chunks());
    return (current?.info.size ?? 0) + addition.size <= SMALL_BYTES ? gather(all) : all;
  };
  return revise(tree, place, call, make, options);
}

/** What a version keeps of the one that it is made of. */
export function keptOf(info: ObjectInfo): Pick<PutOptions, 'contentType' | 'metadata'> {
  return {
    contentType: info.contentType,
    metadata: Object.keys(info.metadata).length > 0 ? info.metadata : undefined,
  };
}

/** Refuses what could only be done by losing what others write. */
export async function requireCapability(
  tree: Tree,
  capability: 'if-match' | 'if-none-match',
  call: Call,
): Promise<void> {
  if (await tree.supports(capability)) return;
  const why = `the ${tree.storage.kind} driver has no ${capability}, without which a write of another program would be lost`;
  throw fsError('ENOTSUP', call, { why });
}

export function contended(tree: Tree, call: Call, cause: unknown): Error {
  const why = `others wrote it again and again for ${tree.options.patienceMs} ms`;
  return fsError('EBUSY', call, { why, cause });
}

async function* joined(
  ...sources: (AsyncIterable<Uint8Array> | Iterable<Uint8Array>)[]
): AsyncGenerator<Uint8Array> {
  for (const source of sources) yield* source;
}

async function gather(source: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  return parts;
}
