/** Entries of Infinispan's caches by its REST API, version 2: https://infinispan.org/docs/stable/titles/rest/rest.html */
import { setTimeout as delay } from 'node:timers/promises';
import { type Account, DigestChallenge } from '@skein/codec/node';
import { CacheError } from '../../errors.ts';
import {
  closed,
  type InfinispanServer,
  NoAccessError,
  NoCacheError,
  reasonOf,
  SPREAD_EVERY_MS,
  SPREAD_MS,
} from '../infinispan-server.ts';

interface Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** After '/rest/v2/'. */
  readonly path: string;
  readonly type?: string;
  readonly lifeSeconds?: number | undefined;
  readonly body?: Uint8Array;
}

interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

const BYTES = 'application/octet-stream';
/** Bytes as they are, on two nodes of however many: what one holds survives its death. */
const CONFIGURATION = { 'distributed-cache': { mode: 'SYNC', owners: 2, encoding: { 'media-type': BYTES } } };
/** What Infinispan says of a cache that is not there, or of which not all nodes have heard; of a missing entry it says nothing. */
const NO_CACHE = /ISPN012010|Cache with name|ISPN000436/;

export class InfinispanRest {
  readonly #server: InfinispanServer;
  /** That no request is answering now: a server takes each nonce's counts in their order only. */
  readonly #challenges: DigestChallenge[] = [];
  readonly #underWay = new Set<AbortController>();
  #isClosed = false;
  #takesBasic = false;
  #current = 0;

  constructor(server: InfinispanServer) {
    this.#server = server;
  }

  async get(cache: string, name: string): Promise<Buffer | undefined> {
    const { status, body } = await this.#send({ method: 'GET', path: pathOf(cache, name) });
    return status === 404 ? undefined : body;
  }

  /** @param lifeSeconds it goes after so many; undefined: never */
  async put(cache: string, name: string, body: Uint8Array, lifeSeconds?: number): Promise<void> {
    await this.#send({ method: 'PUT', path: pathOf(cache, name), body, lifeSeconds });
  }

  async remove(cache: string, name: string): Promise<void> {
    await this.#send({ method: 'DELETE', path: pathOf(cache, name) });
  }

  /** Of all entries. */
  async names(cache: string): Promise<readonly string[]> {
    const { body } = await this.#send({
      method: 'GET',
      path: `${pathOf(cache)}?action=keys&limit=-1`,
      type: 'application/json',
    });
    return JSON.parse(body.toString()) as readonly string[];
  }

  /** A strong counter, of 64 bits; undefined where there is none. */
  async counter(name: string): Promise<bigint | undefined> {
    const { status, body } = await this.#send({ method: 'GET', path: counterPath(name), type: 'text/plain' });
    return status === 404 ? undefined : BigInt(body.toString());
  }

  async makeCounter(name: string, initial: bigint): Promise<void> {
    const body = Buffer.from(JSON.stringify({ 'strong-counter': { 'initial-value': String(initial) } }));
    await this.#send({ method: 'POST', path: counterPath(name), type: 'application/json', body });
  }

  /** The only thing in this protocol that one of many does: creating an entry (POST) succeeds for several at once. */
  async swapCounter(name: string, expected: bigint, wanted: bigint): Promise<boolean> {
    const path = `${counterPath(name)}?action=compareAndSet&expect=${expected}&update=${wanted}`;
    const { body } = await this.#send({ method: 'POST', path, type: 'text/plain' });
    return body.toString() === 'true';
  }

  /** Makes a cache unless there is one. One that an administrator has made, with limits or persistence, is as good. */
  async makeCache(cache: string): Promise<void> {
    const isThere = async (): Promise<boolean> =>
      (await this.#send({ method: 'HEAD', path: pathOf(cache) })).status < 400;
    if (await isThere()) return;
    const body = Buffer.from(JSON.stringify(CONFIGURATION));
    try {
      await this.#send({ method: 'POST', path: pathOf(cache), type: 'application/json', body });
    } catch (error) {
      if (!(await isThere())) throw error; // another one has just made it
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const one of this.#underWay) one.abort(closed());
  }

  /** Asks the next node where one does not answer, or does not know a new cache yet; what is asked twice has the outcome of once. */
  async #send(request: Request): Promise<Answer> {
    const { nodes } = this.#server;
    const begun = performance.now();
    for (let attempt = 1; ; attempt++) {
      if (this.#isClosed) throw closed();
      const asked = this.#current;
      try {
        return await this.#ask(new URL(`/rest/v2/${request.path}`, nodes[asked % nodes.length]), request);
      } catch (error) {
        const isNew = error instanceof NoCacheError && performance.now() - begun < SPREAD_MS;
        if (error instanceof CacheError && error.code !== 'timeout' && !isNew) throw error;
        if (this.#current === asked) this.#current++;
        if (isNew) {
          await delay(SPREAD_EVERY_MS);
          continue;
        }
        if (attempt > nodes.length) throw told(error, nodes[asked % nodes.length]!);
      }
    }
  }

  /** One request, and once more when the server wants to know who asks. */
  async #ask(url: URL, request: Request): Promise<Answer> {
    const { username, password } = this.#server.credentials() ?? {};
    const account = username === undefined || password === undefined ? undefined : { username, password };
    let challenge = this.#takesBasic ? undefined : this.#challenges.pop();
    for (let isFresh = false; ; isFresh = true) {
      const authorization = account && this.#authorization(url, request, account, challenge);
      const { status, body, offers } = await this.#fetch(url, request, authorization);
      if (status !== 401) {
        if (challenge !== undefined) this.#challenges.push(challenge);
        if (status < 400 || status === 409) return { status, body };
        const isNoCache = NO_CACHE.test(body.toString());
        if (status === 404 && (request.method === 'HEAD' || !isNoCache)) return { status, body };
        const error = refused(url, status, body);
        throw isNoCache ? new NoCacheError(error.message) : error;
      }
      if (account === undefined || isFresh) throw refused(url, status, body, account?.username);
      challenge = DigestChallenge.parse(offers);
      // The password itself only where it is encrypted on its way, or nothing else is taken.
      this.#takesBasic = /\bbasic\b/i.test(offers) && (challenge === undefined || url.protocol === 'https:');
      if (this.#takesBasic) challenge = undefined;
    }
  }

  async #fetch(
    url: URL,
    { method, type = BYTES, lifeSeconds, body }: Request,
    authorization: string | undefined,
  ): Promise<Answer & { readonly offers: string }> {
    const { timeoutMs } = this.#server;
    const underWay = new AbortController();
    this.#underWay.add(underWay);
    const tooLate = new CacheError(
      'timeout',
      `infinispan at ${url.origin} gave no answer within ${timeoutMs} ms`,
    );
    // It also keeps the program running while somebody waits.
    const timer = setTimeout(() => underWay.abort(tooLate), timeoutMs);
    try {
      const response = await fetch(url, {
        method,
        headers: {
          accept: type,
          ...(authorization !== undefined && { authorization }),
          ...(body !== undefined && { 'content-type': type }),
          ...(lifeSeconds !== undefined && { timeToLiveSeconds: String(lifeSeconds) }),
        },
        ...(body !== undefined && { body }),
        signal: underWay.signal,
      });
      const { status, headers } = response;
      const offers = headers.get('www-authenticate') ?? '';
      return { status, offers, body: Buffer.from(await response.arrayBuffer()) };
    } catch (error) {
      throw underWay.signal.aborted ? underWay.signal.reason : error;
    } finally {
      clearTimeout(timer);
      this.#underWay.delete(underWay);
    }
  }

  #authorization(
    url: URL,
    { method }: Request,
    account: Account,
    challenge: DigestChallenge | undefined,
  ): string | undefined {
    if (challenge !== undefined) return challenge.answer(method, url.pathname + url.search, account);
    if (!this.#takesBasic) return undefined;
    return `Basic ${Buffer.from(`${account.username}:${account.password}`).toString('base64')}`;
  }
}

function pathOf(cache: string, name?: string): string {
  return `caches/${encodeURIComponent(cache)}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`;
}

function counterPath(name: string): string {
  return `counters/${encodeURIComponent(name)}`;
}

function refused(url: URL, status: number, body: Buffer, user?: string): CacheError {
  const at = `infinispan at ${url.origin}`;
  if (status === 401) return new NoAccessError(at, user);
  const said = body.toString().trim().split('\n', 1)[0]!.slice(0, 300);
  return new CacheError('unreachable', `${at} answered ${status}${said === '' ? '' : `: ${said}`}`);
}

function told(error: unknown, node: string): unknown {
  if (error instanceof CacheError || !(error instanceof Error)) return error;
  return new CacheError('unreachable', `infinispan at ${node}: ${reasonOf(error)}`, {
    cause: error.cause instanceof Error ? error.cause : error,
  });
}
