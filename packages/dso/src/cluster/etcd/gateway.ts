/**
 * etcd's v3 API as JSON over HTTP, which every etcd from 3.4 on serves beside gRPC (etcd.io/docs, "gRPC gateway"): keys and
 * values are base64, 64-bit numbers are text, and fields that are zero are left out.
 */

/** An etcd said no: it has not done what was asked. */
export class EtcdRefusal extends Error {
  override readonly name = 'EtcdRefusal';
}

/** gRPC codes after which it may have been done all the same: deadline exceeded, unavailable, and what nobody knows. */
const DOUBTFUL: ReadonlySet<number> = new Set([1, 2, 4, 13, 14]);

export interface EtcdHeader {
  readonly revision?: string;
}

export interface EtcdKeyValue {
  readonly key: string;
  readonly value?: string;
  readonly mod_revision?: string;
}

export class Gateway {
  readonly #endpoints: readonly string[];
  readonly #timeoutMs: number;
  #at = 0;

  /** @param endpoints such as `http://127.0.0.1:2379`: asked in turn, each until it fails */
  constructor(endpoints: readonly string[], timeoutMs: number) {
    this.#endpoints = endpoints;
    this.#timeoutMs = timeoutMs;
  }

  /** @throws {EtcdRefusal} it was not done; any other error: it may have been */
  async call<T>(path: string, body: object): Promise<T> {
    const late = new AbortController();
    // In two halves: a process that stood still for longer than the first has the other to read what has come meanwhile.
    let timer = setTimeout(() => {
      timer = setTimeout(() => late.abort(), this.#timeoutMs / 2);
    }, this.#timeoutMs / 2);
    try {
      const response = await this.#post(path, body, late.signal);
      return (await response.json()) as T;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Answers that come one after another, until the signal or the connection ends them. */
  async *stream<T>(path: string, body: object, signal: AbortSignal): AsyncIterable<T> {
    const response = await this.#post(path, body, signal);
    const decoder = new TextDecoder();
    let rest = '';
    for await (const chunk of response.body!) {
      const lines = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n');
      rest = lines.pop()!;
      for (const line of lines) {
        const { result, error } = JSON.parse(line) as { result?: T; error?: { message?: string } };
        if (result === undefined) throw new Error(error?.message ?? 'etcd ended the stream');
        yield result;
      }
    }
  }

  async #post(path: string, body: object, signal: AbortSignal): Promise<Response> {
    const endpoint = this.#endpoints[this.#at % this.#endpoints.length]!;
    let response: Response;
    try {
      response = await fetch(`${endpoint}${path}`, { method: 'POST', body: JSON.stringify(body), signal });
    } catch (error) {
      this.#at++;
      throw error;
    }
    if (response.ok) return response;
    const text = await response.text();
    const code = codeOf(text);
    if (code !== undefined && !DOUBTFUL.has(code)) throw new EtcdRefusal(text);
    this.#at++;
    throw new Error(`etcd answered ${response.status}: ${text}`);
  }
}

function codeOf(text: string): number | undefined {
  try {
    return (JSON.parse(text) as { readonly code?: number }).code;
  } catch {
    return undefined;
  }
}

export const toBase64 = (text: string): string => Buffer.from(text).toString('base64');
export const fromBase64 = (text = ''): string => Buffer.from(text, 'base64').toString();

/** The end of the range of all keys with a prefix: the prefix with one more in its last byte. */
export function endOf(prefix: string): string {
  const bytes = Buffer.from(prefix);
  bytes[bytes.length - 1]! += 1;
  return bytes.toString('base64');
}
