import type { WebResource } from '../data-object.ts';
import { changed, PartitionError } from '../errors.ts';
import type { ByteSource } from './byte-source.ts';
import { discard, refusedBy, startOf, totalOf, unreached, versionOf, webRequest } from './web-request.ts';

/** Answers that may break off, without a byte more, before reading is given up. */
const BREAKS = 3;

/**
 * What an HTTP server gives, by ranges where it has them (RFC 9110, 14). A server that knows entity tags is asked for the
 * version that was discovered; what any answers is compared with that.
 */
export class WebSource implements ByteSource {
  readonly name: string;
  readonly size: number | undefined;
  readonly version: string | undefined;
  readonly #resource: WebResource;

  constructor(resource: WebResource) {
    this.#resource = resource;
    this.name = resource.url;
    // Without ranges a length would only tempt to cut.
    this.size = resource.ranged ? resource.size : undefined;
    this.version = resource.etag;
  }

  async read(start: number, end: number, signal?: AbortSignal): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    for await (const piece of this.stream(start, end, signal)) pieces.push(piece);
    return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
  }

  async *stream(
    start: number,
    end?: number,
    signal?: AbortSignal,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const { ranged, size = Number.POSITIVE_INFINITY } = this.#resource;
    const last = Math.min(end ?? size, size);
    let position = start;
    for (let breaks = 0; position < last; ) {
      const before = position;
      try {
        for await (const piece of this.#answer(position, last, signal)) {
          yield piece;
          position += piece.length;
        }
        if (size === Number.POSITIVE_INFINITY || position >= last) return;
        throw changed(this.name, `${position} bytes instead of ${size}`);
      } catch (error) {
        // A connection that broke is made good where the rest can be asked for.
        if (!(error instanceof Broken)) throw error;
        signal?.throwIfAborted();
        breaks = position > before ? 0 : breaks + 1;
        if (!ranged || breaks === BREAKS) throw unreached(this.name, error.cause);
      }
    }
  }

  /** One answer of the server, as far as it goes, cut to `[start, end)`. */
  async *#answer(
    start: number,
    end: number,
    signal?: AbortSignal,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const response = await this.#ask(start, end, signal);
    if (response.body === null) return;
    // A server without ranges begins at the beginning.
    let at = this.#resource.ranged ? start : 0;
    const reader = response.body.getReader();
    try {
      while (at < end) {
        const { done, value } = await reader.read().catch((cause: unknown) => {
          throw new Broken(cause);
        });
        if (done) return;
        const piece = value.subarray(Math.max(0, start - at), Math.max(0, end - at));
        at += value.length;
        if (piece.length > 0) yield piece;
      }
    } finally {
      await reader.cancel().catch(() => {
        // It broke: there is nothing to cancel.
      });
    }
  }

  async #ask(start: number, end: number, signal: AbortSignal | undefined): Promise<Response> {
    const { ranged, etag, size } = this.#resource;
    // Weak tags never match in conditions (RFC 9110, 13.1.1), and dates are none.
    const strong = etag?.startsWith('"') ? { 'if-match': etag } : {};
    const range = ranged ? { range: `bytes=${start}-${end - 1}` } : {};
    const headers = { ...strong, ...range } as Record<string, string>;
    const response = await webRequest(this.#resource, { method: 'GET', headers, signal });
    try {
      const { status } = response;
      if (status === 412 || status === 416) throw changed(this.name, `the server answers ${status}`);
      if (!response.ok) throw refusedBy(this.name, response);
      const found = versionOf(response);
      if (etag !== undefined && found !== undefined && found !== etag)
        throw changed(this.name, `version ${found} instead of ${etag}`);
      const total = ranged ? totalOf(response) : undefined;
      if (total !== undefined && total !== size)
        throw changed(this.name, `${total} bytes instead of ${size}`);
      if (ranged && status !== 206) {
        const message = `${this.name}: the server gave ranges when it was discovered, and now answers ${status} to one`;
        throw new PartitionError('unreadable', message, { object: this.name });
      }
      const from = ranged ? startOf(response) : undefined;
      if (from !== undefined && from !== start) {
        const message = `${this.name}: the server was asked for bytes from ${start} on, and gives those from ${from} on`;
        throw new PartitionError('unreadable', message, { object: this.name });
      }
      return response;
    } catch (error) {
      await discard(response);
      throw error;
    }
  }
}

/** An answer that ended before its end. */
class Broken extends Error {
  constructor(cause: unknown) {
    super('the answer broke off', { cause });
  }
}
