/** The section `infinispan` of a cache's options. */
import { ConfigError, number, oneOf, size, text, type ValueField, type Values } from '@skein/config';
import { type NetworkTier, networkTier } from '../network-tier.ts';
import { nameOf } from '../node/folder.ts';
import type { OpenTier } from '../tier.ts';
import { HotRodStore } from './hotrod/hotrod-store.ts';
import type { InfinispanStore } from './infinispan-store.ts';
import { InfinispanTier } from './infinispan-tier.ts';
import { InfinispanRest } from './rest/rest.ts';
import { RestStore } from './rest/rest-store.ts';

export type InfinispanProtocol = 'rest' | 'hotrod';

export interface InfinispanOptions {
  /**
   * `'hotrod'` needs the package `infinispan`: the server tells at once what others have made invalid, and small entries take less time.
   * Both go by one port; those of one protocol share nothing with those of the other. @default 'rest'
   */
  readonly protocol?: InfinispanProtocol | undefined;
  /** Such as 'http://user:password@host:11222', or 'https:'. @default 'http://127.0.0.1:11222' */
  readonly url?: string | undefined;
  /** More nodes, asked when the first does not answer: 'host:11222,host:11222'. */
  readonly nodes?: string | undefined;
  /** @default that of the address */
  readonly username?: string | undefined;
  /** Never leaves the process in a handle. @default that of the address */
  readonly password?: string | undefined;
  /**
   * The cache of the server that holds entries, made where there is none; what it evicts is loaded again. What is invalid is told by another
   * one, of this name with '-history', which must not evict. @default 'skein-cache'
   */
  readonly cache?: string | undefined;
  /** Of one entry: a larger one is not kept. A number, or text such as '64MiB'. @default 512 MiB */
  readonly maxEntryBytes?: number | string | undefined;
  /** Between two looks for what others have made invalid, milliseconds. @default 250 */
  readonly pollMs?: number | undefined;
  /** For so long at most what is kept nearer is served when the server is not reached any more, milliseconds. @default 2_000 */
  readonly blindMs?: number | undefined;
  /** For an answer of one node, milliseconds. @default 2_000 */
  readonly timeoutMs?: number | undefined;
  /** In a handle: under which name the process that made it knows the credentials. */
  readonly account?: string | undefined;
}

type Text = ValueField<string>;
type Count = ValueField<number>;

export const infinispanSchema: {
  readonly protocol: ValueField<InfinispanProtocol>;
  readonly url: Text;
  readonly nodes: Text;
  readonly username: Text;
  readonly password: Text;
  readonly cache: Text;
  readonly maxEntryBytes: Count;
  readonly pollMs: Count;
  readonly blindMs: Count;
  readonly timeoutMs: Count;
  readonly account: Text;
} = {
  protocol: oneOf('rest', 'hotrod'),
  url: text({ secret: true }),
  nodes: text({ secret: true }),
  username: text({ secret: true }),
  password: text({ secret: true }),
  cache: text(),
  maxEntryBytes: size(),
  pollMs: number({ min: 10 }),
  blindMs: number({ min: 100 }),
  timeoutMs: number({ min: 1 }),
  account: text(),
};

/** Checked, with defaults; its `state` travels. */
export interface ResolvedInfinispan extends NetworkTier {
  readonly protocol: InfinispanProtocol;
  /** URLs without user info. */
  readonly nodes: readonly [string, ...string[]];
  readonly cache: string;
  readonly maxEntryBytes: number;
  readonly pollMs: number;
  readonly blindMs: number;
  readonly timeoutMs: number;
}

/** @throws {ConfigError} for what is wrong; addresses are not quoted, as they may hold a password */
export function resolveInfinispan(options: Values<typeof infinispanSchema> = {}): ResolvedInfinispan {
  const { cache = 'skein-cache', maxEntryBytes = 512 * 2 ** 20, pollMs = 250, timeoutMs = 2_000 } = options;
  const { blindMs = 2_000, protocol = 'rest' } = options;
  if (!/^[\w.-]{1,64}$/.test(cache))
    throw wrong('cache', "must be 1 to 64 letters, digits or characters of '_.-'");
  if (blindMs < 4 * pollMs) throw wrong('blindMs', 'must be four times pollMs at least');
  const url = parse('url', options.url ?? 'http://127.0.0.1:11222');
  const more = (options.nodes?.split(',') ?? []).map((one) =>
    parse('nodes', `${url.protocol}//${one.trim()}`),
  );
  if (more.some(({ username, password }) => username !== '' || password !== ''))
    throw wrong('nodes', 'hold user info: give username and password instead');
  const tier = networkTier('infinispan', url, options);
  if ((tier.credentials()?.['username'] === undefined) !== (tier.credentials()?.['password'] === undefined))
    throw wrong('password', 'and username come together');
  const nodes = [new URL(tier.address).origin, ...more.map(({ origin }) => origin)] as const;
  return { ...tier, protocol, nodes, cache, maxEntryBytes, pollMs, blindMs, timeoutMs };
}

export function openInfinispan(options: ResolvedInfinispan): OpenTier {
  return ({ namespace, heard }) =>
    new InfinispanTier({ ...options, store: openStore(options, namespace) }, heard);
}

/** What is invalid is known by other means in each protocol: they have names of their own, so that nobody reads what nobody tells of. */
function openStore(server: ResolvedInfinispan, namespace: string): InfinispanStore {
  const { protocol, cache } = server;
  const space = `${protocol === 'hotrod' ? 'h' : ''}${nameOf(namespace).slice(0, 20)}`;
  const rest = new RestStore(new InfinispanRest(server), cache, space);
  return protocol === 'hotrod' ? new HotRodStore({ server, cache, space, rest }) : rest;
}

function parse(option: string, written: string): URL {
  const url = URL.canParse(written) ? new URL(written) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search !== '')
    throw wrong(
      option,
      option === 'url' ? "must look like 'http://host:11222'" : "must look like 'host:11222,host:11222'",
    );
  return url;
}

function wrong(option: string, message: string): ConfigError {
  return new ConfigError([{ kind: 'wrong-value', path: `infinispan.${option}`, source: 'a cache', message }]);
}
