/** Digest access authentication (RFC 7616), which Node's clients of HTTP lack: a password never crosses the wire. */
import { createHash, randomBytes } from 'node:crypto';

const HASHES: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-256': 'sha256',
  'SHA-512-256': 'sha512-256',
};
/** Node joins several headers by commas, which stand within them as well. */
const NEXT_OFFER = /,\s*(?=(?:Basic|Digest|Bearer|Negotiate)\b)/i;
const PARAMETER = /(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/g;

export interface Account {
  readonly username: string;
  readonly password: string;
}

/** What a server wants to see proved. Its nonce is for one request after another, with growing counts. */
export class DigestChallenge {
  readonly #parameters: ReadonlyMap<string, string>;
  readonly #hash: string;
  #count = 0;

  private constructor(parameters: ReadonlyMap<string, string>, hash: string) {
    this.#parameters = parameters;
    this.#hash = hash;
  }

  /** Of the header `WWW-Authenticate` of an answer 401; undefined where it offers none that is known here. */
  static parse(header: string): DigestChallenge | undefined {
    for (const offer of header.split(NEXT_OFFER)) {
      const challenge = DigestChallenge.#of(offer);
      if (challenge !== undefined) return challenge;
    }
    return undefined;
  }

  static #of(offer: string): DigestChallenge | undefined {
    if (!/^digest\s/i.test(offer)) return undefined;
    const found = [...offer.matchAll(PARAMETER)].map(
      ([, name = '', quoted, plain]) => [name.toLowerCase(), quoted ?? plain ?? ''] as const,
    );
    const parameters = new Map(found);
    const hash = HASHES[(parameters.get('algorithm') ?? 'MD5').toUpperCase()];
    const modes =
      parameters
        .get('qop')
        ?.split(',')
        .map((mode) => mode.trim()) ?? [];
    return hash !== undefined && modes.includes('auth') ? new DigestChallenge(parameters, hash) : undefined;
  }

  /** The header `Authorization` of one request. */
  answer(method: string, uri: string, { username, password }: Account): string {
    const part = (name: string): string => this.#parameters.get(name) ?? '';
    const count = (++this.#count).toString(16).padStart(8, '0');
    const own = randomBytes(12).toString('hex');
    const secret = this.#digest(username, part('realm'), password);
    const response = this.#digest(secret, part('nonce'), count, own, 'auth', this.#digest(method, uri));
    const fields: Record<string, string> = {
      username: `"${username.replace(/["\\]/g, '\\$&')}"`,
      realm: `"${part('realm')}"`,
      nonce: `"${part('nonce')}"`,
      uri: `"${uri}"`,
      response: `"${response}"`,
      qop: 'auth',
      nc: count,
      cnonce: `"${own}"`,
      ...(this.#parameters.has('algorithm') && { algorithm: part('algorithm') }),
      ...(this.#parameters.has('opaque') && { opaque: `"${part('opaque')}"` }),
    };
    const text = Object.entries(fields).map(([name, value]) => `${name}=${value}`);
    return `Digest ${text.join(', ')}`;
  }

  #digest(...parts: readonly string[]): string {
    return createHash(this.#hash).update(parts.join(':')).digest('hex');
  }
}
