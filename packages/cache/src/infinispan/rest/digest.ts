/** Digest access authentication (RFC 7616), which `fetch` lacks and Infinispan wants by default: a password never crosses the wire. */
import { createHash, randomBytes } from 'node:crypto';

export interface Account {
  readonly username: string;
  readonly password: string;
}

const HASHES: Readonly<Record<string, string>> = {
  md5: 'md5',
  'sha-256': 'sha256',
  'sha-512-256': 'sha512-256',
};
const PARAMETER = /(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/g;

/** What a server wants to see proved. Its nonce is for one request after another, with growing counts. */
export class DigestChallenge {
  readonly #parameters: ReadonlyMap<string, string>;
  readonly #hash: string;
  #count = 0;

  private constructor(parameters: ReadonlyMap<string, string>, hash: string) {
    this.#parameters = parameters;
    this.#hash = hash;
  }

  /** Of a header `WWW-Authenticate`; undefined where it offers none that is known here. */
  static parse(header: string): DigestChallenge | undefined {
    const offer = /\bdigest\s.*/is.exec(header)?.[0];
    if (offer === undefined) return undefined;
    const found = [...offer.matchAll(PARAMETER)].map(
      ([, name = '', quoted, plain]) => [name.toLowerCase(), quoted ?? plain ?? ''] as const,
    );
    const parameters = new Map(found);
    const hash = HASHES[(parameters.get('algorithm') ?? 'MD5').toLowerCase()];
    const takesAuth = /(?:^|[\s,])auth(?:$|[\s,])/.test(parameters.get('qop') ?? '');
    return hash !== undefined && takesAuth ? new DigestChallenge(parameters, hash) : undefined;
  }

  /** The header `Authorization` of one request. */
  answer(method: string, uri: string, { username, password }: Account): string {
    const [realm, nonce, opaque, algorithm] = ['realm', 'nonce', 'opaque', 'algorithm'].map(
      (name) => this.#parameters.get(name) ?? '',
    );
    const nc = (++this.#count).toString(16).padStart(8, '0');
    const cnonce = randomBytes(12).toString('hex');
    const secret = this.#digest(username, realm!, password);
    const response = this.#digest(secret, nonce!, nc, cnonce, 'auth', this.#digest(method, uri));
    const quoted = {
      username: username.replaceAll(/["\\]/g, '\\$&'),
      realm,
      nonce,
      uri,
      response,
      cnonce,
      opaque,
    };
    const fields = Object.entries(quoted).map(([name, value]) => `${name}="${value}"`);
    return `Digest ${[...fields, `qop=auth`, `nc=${nc}`, `algorithm=${algorithm || 'MD5'}`].join(', ')}`;
  }

  #digest(...parts: readonly string[]): string {
    return createHash(this.#hash).update(parts.join(':')).digest('hex');
  }
}
