/** The protocol of an upload in chunks ("Resumable uploads" of the reference of Cloud Storage). */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { StorageError } from '../errors.ts';
import { textOf } from '../network/http.ts';
import { joined, type Part } from '../network/multipart.ts';
import { GcsRefusal } from './errors.ts';
import type { GcsResource } from './resource.ts';
import { type GcsService, objectPath, RESUME } from './service.ts';
import { beginning, described, RESULT_FIELDS, type WriteResult, type WriteTarget } from './target.ts';

const CANCEL_MS = 2_000;

export class ResumableUpload {
  /** Bytes that were given to it. */
  size = 0;
  /** Of all of them, base64, once the last chunk was given. */
  md5 = '';
  readonly #hash = createHash('md5');
  readonly #service: GcsService;
  readonly #target: WriteTarget;
  /** Whoever knows it may write: it needs no credentials, and is told to nobody. */
  readonly #session: URL;

  private constructor(service: GcsService, target: WriteTarget, session: URL) {
    this.#service = service;
    this.#target = target;
    this.#session = session;
  }

  static async begin(service: GcsService, target: WriteTarget): Promise<ResumableUpload> {
    const session = await service.again(async () => {
      const answer = await service.ask({
        ...beginning(target, 'resumable'),
        headers: { 'content-type': 'application/json; charset=utf-8' },
        body: [Buffer.from(JSON.stringify(described(target)))],
      });
      answer.resume();
      return answer.headers.location;
    }, target.signal);
    if (session === undefined || !URL.canParse(session))
      throw new StorageError('io', 'the service began an upload without saying where it goes on');
    return new ResumableUpload(service, target, new URL(session));
  }

  /**
   * Sends a chunk until the service has all of it. One that is sent again is no harm: what the service has already it
   * ignores, and the last one it answers with the object, so that no success is taken for a refusal.
   *
   * @returns the object, after the last chunk
   */
  async send(part: Part, last: boolean, signal: AbortSignal): Promise<WriteResult | undefined> {
    const start = this.size;
    const end = start + part.size;
    this.size = end;
    for (const piece of part.parts) this.#hash.update(piece);
    if (last) this.md5 = this.#hash.digest('base64');
    const bytes = joined(part.parts, part.size);
    let kept = start;
    const sendRest = async (): Promise<WriteResult | undefined> => {
      const range = kept === end ? '*' : `${kept}-${end - 1}`;
      const answer = await this.#service.ask({
        ...{ method: 'PUT', to: this.#session, signal, body: [bytes.subarray(kept - start)] },
        headers: {
          'content-range': `bytes ${range}/${last ? end : '*'}`,
          ...(last && { 'x-goog-hash': `md5=${this.md5}` }),
        },
      });
      const text = await textOf(answer);
      if (answer.statusCode !== RESUME) return JSON.parse(text) as WriteResult;
      const upTo = Number(/-(\d+)$/.exec(answer.headers.range ?? '')?.[1] ?? -1) + 1;
      if (upTo === end && !last) return undefined;
      kept = Math.min(Math.max(upTo, start), end);
      const message = `the service has kept ${upTo} bytes of an upload to which ${end} were sent`;
      throw new StorageError('io', message);
    };
    try {
      return await this.#service.again(sendRest, signal);
    } catch (error) {
      if (!isGone(error)) throw error;
      const made = last ? await this.#made(signal) : undefined;
      if (made) return made;
      const message = 'the service knows nothing any more of an upload that had begun';
      throw new StorageError('io', message, { cause: error });
    }
  }

  /** What is left of it vanishes within a week if this fails. */
  async cancel(): Promise<void> {
    const signal = AbortSignal.timeout(CANCEL_MS);
    // A success has a status that no other request has: 499.
    await this.#service.ask({ method: 'DELETE', to: this.#session, signal }).catch(() => {});
  }

  /** The object, if it is what was uploaded: an upload may be forgotten once it is complete, and its last answer lost. */
  async #made(signal: AbortSignal): Promise<WriteResult | undefined> {
    const { bucket, name } = this.#target;
    const { metadata = {} } = described(this.#target);
    const query = { fields: `${RESULT_FIELDS},metadata` };
    const found = await this.#service
      .call<GcsResource>({ method: 'GET', to: objectPath(bucket, name), query, signal })
      .catch(() => undefined);
    const isOurs = found?.md5Hash === this.md5 && isDeepStrictEqual(found.metadata ?? {}, metadata);
    return isOurs ? found : undefined;
  }
}

function isGone(error: unknown): boolean {
  return error instanceof GcsRefusal && (error.statusCode === 404 || error.statusCode === 410);
}
