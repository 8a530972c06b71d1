import type { BodyInput } from '../../body.ts';
import { StorageError } from '../../errors.ts';
import type { PutOptions, PutResult, WaitOptions } from '../../storage.ts';
import { type Call, fsError } from '../errors.ts';
import type { Place } from '../paths.ts';
import { append, keptOf, requireCapability } from '../revise.ts';
import type { Facts } from '../stats.ts';
import type { Tree } from '../tree.ts';
import { Draft } from './draft.ts';
import { type Access, parseFlags } from './flags.ts';
import { Version } from './version.ts';

/** How what was written becomes an object. */
type Publication =
  | { readonly kind: 'replace'; readonly put: PutOptions }
  | { readonly kind: 'append'; readonly exclusive: boolean };

/**
 * A file that is open: the version that was found, and beside it what has been written since.
 *
 * - O1 What is written is a draft. `publish` makes one object of it; before that nobody sees anything, and of what is never
 *   published nothing remains.
 * - O2 Content is the first `#kept` bytes of the version, and the draft after them: for 'r' the version is all, for 'a' the
 *   draft is only what is added, for 'w' and 'r+' the draft is all.
 * - O3 Publishing loses nothing of others: 'a' adds to what is there then, 'r+' replaces the version that it was made of or
 *   fails, 'wx' creates or fails. 'w' replaces whatever is there, as asked.
 */
export class OpenFile {
  readonly access: Access;
  readonly place: Place;
  readonly #tree: Tree;
  readonly #directory: Facts | undefined;
  readonly #draft: Draft | undefined;
  #version: Version | undefined;
  #kept: number;
  #publication: Publication;
  /** Whether there is something to publish. */
  #changed: boolean;
  #modified: Date;

  private constructor(
    tree: Tree,
    place: Place,
    access: Access,
    state: {
      readonly version?: Version | undefined;
      readonly draft?: Draft;
      readonly directory?: Facts;
      readonly publication?: Publication;
      readonly changed?: boolean;
    },
  ) {
    const { version, draft, directory, publication = { kind: 'replace', put: {} }, changed = false } = state;
    this.#tree = tree;
    this.place = place;
    this.access = access;
    this.#version = version;
    this.#draft = draft;
    this.#directory = directory;
    this.#publication = publication;
    this.#changed = changed;
    this.#kept = version && (!draft || publication.kind === 'append') ? version.size : 0;
    this.#modified = version?.modified ?? directory?.modified ?? new Date();
  }

  /** Looks as far as the flags ask for it: 'r' costs a request, 'w' two, 'r+' reads the whole object. */
  static async open(tree: Tree, place: Place, call: Call, flags: unknown): Promise<OpenFile> {
    const access = parseFlags(flags);
    const { write, create, exclusive, truncate } = access;
    if (write || create) await tree.requireFilePath(place, call, create);
    // What is replaced in any case is not looked at.
    const found = create && truncate && !exclusive ? undefined : await tree.lookup(place, call);
    if (found?.kind === 'directory') {
      if (create && exclusive) throw fsError('EEXIST', call);
      if (write || create) throw fsError('EISDIR', call);
      return new OpenFile(tree, place, access, { directory: found });
    }
    if (found && create && exclusive) throw fsError('EEXIST', call);
    if (!found && !create) await tree.missing(place, call);
    if (!found) await tree.requireRoom(place, call, exclusive);
    const version = found && new Version(tree, place, found.info);
    if (!write && version) return new OpenFile(tree, place, access, { version });
    const draft = new Draft(tree.options.spoolBytes);
    const changed = !found;
    if (access.append) {
      await requireCapability(tree, 'if-match', call);
      await requireCapability(tree, 'if-none-match', call);
      return new OpenFile(tree, place, access, {
        version,
        draft,
        changed,
        publication: { kind: 'append', exclusive },
      });
    }
    if (found && !truncate) {
      await requireCapability(tree, 'if-match', call);
      const put = { ...keptOf(found.info), ifMatch: found.info.etag };
      if (version) await load(version, draft, call);
      return new OpenFile(tree, place, access, { version, draft, publication: { kind: 'replace', put } });
    }
    const creates = exclusive || !truncate;
    if (creates) await requireCapability(tree, 'if-none-match', call);
    const put = creates ? ({ ifNoneMatch: '*' } as const) : {};
    return new OpenFile(tree, place, access, { draft, changed: true, publication: { kind: 'replace', put } });
  }

  get facts(): Facts {
    return this.#directory ?? { kind: 'file', size: this.size, modified: this.#modified };
  }

  get size(): number {
    return this.#kept + (this.#draft?.size ?? 0);
  }

  /** Fills `buffer` from `position` as far as there are bytes, and says how many. */
  async read(buffer: Uint8Array, position: number, call: Call): Promise<number> {
    this.#requireReadable(call);
    let done = 0;
    while (done < buffer.byteLength) {
      const rest = buffer.subarray(done);
      const at = position + done;
      const bytes =
        at < this.#kept
          ? await this.#version!.read(rest.subarray(0, this.#kept - at), at, call)
          : ((await this.#draft?.read(rest, at - this.#kept)) ?? 0);
      if (bytes === 0) break;
      done += bytes;
    }
    return done;
  }

  /** The bytes from `start` to `end`, which is inclusive and may lie past the end. */
  async *stream(start: number, end: number, call: Call, wait?: WaitOptions): AsyncGenerator<Uint8Array> {
    this.#requireReadable(call);
    const last = Math.min(end, this.size - 1);
    if (start < this.#kept && start <= last) {
      yield* await this.#version!.stream(start, Math.min(last, this.#kept - 1), call, wait);
    }
    let left = last - Math.max(start, this.#kept) + 1;
    if (left <= 0 || !this.#draft) return;
    for await (const chunk of this.#draft.chunks(Math.max(0, start - this.#kept))) {
      yield chunk.subarray(0, left);
      left -= chunk.byteLength;
      if (left <= 0) return;
    }
  }

  /** At the end when the file was opened to append, wherever `position` is. */
  async write(bytes: Uint8Array, position: number, call: Call): Promise<void> {
    const draft = this.#requireWritable(call, 'EBADF');
    await draft.write(bytes, this.access.append ? draft.size : position);
    this.#touch();
  }

  async truncate(size: number, call: Call): Promise<void> {
    const draft = this.#requireWritable(call, 'EINVAL');
    if (size < this.#kept) {
      throw fsError('ENOTSUP', call, {
        why: "what others may have appended to is not cut; open it with 'r+'",
      });
    }
    await draft.truncate(size - this.#kept);
    this.#touch();
  }

  /** Makes an object of what was written (O3). Nothing when nothing was. */
  async publish(call: Call): Promise<void> {
    if (!this.#changed || !this.#draft) return;
    const { size, etag } = await this.#put(this.#draft, call);
    this.#changed = false;
    if (this.#publication.kind === 'append') {
      await this.#draft.truncate(0);
      this.#version = new Version(this.#tree, this.place, { etag, size, lastModified: this.#modified });
      this.#kept = size;
      this.#publication = { kind: 'append', exclusive: false };
    } else {
      const { ifMatch, ifNoneMatch: _, ...kept } = this.#publication.put;
      this.#publication = { kind: 'replace', put: ifMatch === undefined ? kept : { ...kept, ifMatch: etag } };
    }
  }

  /** Lets go of what was not published. */
  async discard(): Promise<void> {
    await this.#draft?.close();
  }

  async #put(draft: Draft, call: Call): Promise<PutResult> {
    const tree = this.#tree;
    const publication = this.#publication;
    if (publication.kind === 'append') {
      return append(tree, this.place, call, draft, { create: true, exclusive: publication.exclusive });
    }
    const body: BodyInput = draft.inMemory ?? draft.chunks();
    try {
      return await tree.storage.putObject(tree.bucket, this.place.key, body, {
        ...publication.put,
        ...tree.wait(),
      });
    } catch (error) {
      if (!(error instanceof StorageError && error.code === 'precondition-failed')) throw error;
      if (this.access.exclusive) throw error;
      const why = 'it was written by another program since it was opened, and is as that left it';
      throw fsError('EBUSY', call, { why, cause: error });
    }
  }

  #requireReadable(call: Call): void {
    if (!this.access.read) throw fsError('EBADF', call);
    if (this.#directory) throw fsError('EISDIR', call);
  }

  #requireWritable(call: Call, code: 'EBADF' | 'EINVAL'): Draft {
    if (this.#draft && this.access.write) return this.#draft;
    throw fsError(code, call);
  }

  #touch(): void {
    this.#changed = true;
    this.#modified = new Date();
  }
}

/** Takes a whole version into a draft. */
async function load(version: Version, draft: Draft, call: Call): Promise<void> {
  if (version.size === 0) return;
  try {
    for await (const chunk of await version.stream(0, version.size - 1, call)) await draft.write(chunk);
  } catch (error) {
    await draft.close();
    throw error;
  }
}
