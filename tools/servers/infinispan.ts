/** A real Infinispan for tests and benchmarks, one node or a cluster of several: the jars of Maven Central. */
import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../lib/command.mjs';
import { freePairs } from './free-port.ts';
import { installOnce } from './install-once.ts';
import { findProgram, NoServerError, type Program, programAt, type Recipe, servers } from './program.ts';
import { launch, type Server, withFreePorts } from './server.ts';

/** A node speaks Hot Rod and REST on one port. */
export interface InfinispanNode extends Server {
  readonly host: string;
  readonly port: number;
  /** Such as `http://127.0.0.1:41234`, for REST. */
  readonly url: string;
}

/** Has the caches `text`, `bytes` (both: every entry on two nodes) and `guarded` (as `text`, and roles count). */
export interface Infinispan extends Accounts {
  readonly nodes: readonly [InfinispanNode, ...InfinispanNode[]];
  /** Stops all nodes. */
  stop(): Promise<void>;
}

interface Accounts {
  /** May do everything. */
  readonly user: string;
  /** May only read: has the role `observer`. */
  readonly reader: string;
  /** Of both. */
  readonly password: string;
}

export class NoInfinispanError extends NoServerError {
  override readonly name = 'NoInfinispanError';
}

const version = '15.2.6.Final';
const folder: string = join(servers, `infinispan-${version}`);
const settings: string = fileURLToPath(new URL('infinispan/', import.meta.url));

const recipe: Recipe = {
  name: 'Infinispan',
  advice: 'install Java 17 or newer and Maven (Debian: apt-get install openjdk-17-jre-headless maven)',
  folder,
  Missing: NoInfinispanError,
  find: async () => {
    const jars = await readdir(folder).catch(() => []);
    const java = jars.length === 0 ? undefined : await findJava();
    return java && { ...java, version, args: ['-cp', jars.map((jar) => join(folder, jar)).join(delimiter)] };
  },
  install: async () => {
    if ((await findJava()) === undefined) throw new Error('there is no Java 17 or newer on the PATH');
    await installOnce(folder, async (draft) => {
      const given = [`-Dinfinispan.version=${version}`, `-Dlibraries=${draft}`];
      const quiet = ['--batch-mode', '--quiet', '--no-transfer-progress'];
      await run('mvn', [...quiet, '-f', join(settings, 'pom.xml'), 'generate-resources', ...given]);
    });
  },
};

/** Finds Infinispan, or fetches it if that is asked for: {@link findProgram}. */
export function findInfinispan(options: { readonly install: boolean }): Promise<Program> {
  return findProgram(recipe, options);
}

/**
 * Starts it with nothing in its caches, on loopback only. Nodes keep all in memory; one that is restarted gets it from
 * the others.
 *
 * @param options.nodes how many; 1
 */
export async function startInfinispan(
  program: Program,
  { nodes: count = 1 }: { readonly nodes?: number } = {},
): Promise<Infinispan> {
  const accounts = { user: 'skein', reader: 'reader', password: randomBytes(12).toString('hex') };
  let expected = (): number => count;
  const soon = count > 1 ? '1s' : '100ms';
  let joinTimeout = (): string => soon;
  const nodes = await withFreePorts(async () => {
    const ports = await freePairs(2 * count);
    const places = Array.from({ length: count }, (_, index) => placeOf(ports.slice(2 * index)));
    const started = places.map((place) =>
      startNode(program, {
        place,
        accounts,
        members: places,
        expected: () => expected(),
        joinTimeout: () => joinTimeout(),
      }),
    );
    const outcomes = await Promise.allSettled(started);
    const failure = outcomes.find((outcome) => outcome.status === 'rejected');
    const running = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    const [first, ...others] = running;
    if (first !== undefined && failure === undefined) return [first, ...others] as const;
    await Promise.all(running.map((node) => node.stop()));
    throw failure?.reason ?? new RangeError(`nodes: expected at least 1, got ${count}`);
  });
  // From now on nodes may end: one that comes back finds those that run.
  const running = (): number => nodes.filter((node) => node.pids.length > 0).length;
  expected = running;
  // It waits for their answer: a node that begins alone, since they are slow, has nothing when they meet.
  joinTimeout = () => (running() > 0 ? '60s' : soon);
  return {
    ...accounts,
    nodes,
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}

interface Place {
  /** For clients. */
  readonly port: number;
  /** For other nodes; at the next one they see that it is gone. */
  readonly memberPort: number;
}

function placeOf([port = 0, memberPort = 0]: readonly number[]): Place {
  return { port, memberPort };
}

interface NodeOptions {
  readonly place: Place;
  readonly members: readonly Place[];
  readonly accounts: Accounts;
  /** How many nodes it must see before it is ready. */
  expected(): number;
  /** How long it looks for others before it begins alone. */
  joinTimeout(): string;
}

function startNode(program: Program, options: NodeOptions): Promise<InfinispanNode> {
  const { port, memberPort } = options.place;
  const host = '127.0.0.1';
  const url = `http://${host}:${port}`;
  const { members } = options;
  const properties = {
    'java.net.preferIPv4Stack': 'true',
    'java.awt.headless': 'true',
    'skein.cluster': `skein-${members[0]?.port}`,
    'skein.members': members.map((member) => `${host}[${member.memberPort}]`).join(),
    'skein.member-port': String(memberPort),
  };
  // For a short life: the quick compiler and the small collector halve the time to start, and need less memory.
  const machine = [
    '-Xms32m',
    '-Xmx256m',
    '-XX:TieredStopAtLevel=1',
    '-XX:+UseSerialGC',
    '-XX:+ExitOnOutOfMemoryError',
  ];
  return launch('infinispan', async (home) => {
    await configure(join(home, 'conf'), options.accounts);
    return {
      facts: { host, port, url },
      commands: [
        {
          command: program.command,
          env: program.env,
          get args() {
            return [
              ...machine,
              ...Object.entries(properties).map(([name, value]) => `-D${name}=${value}`),
              `-Dskein.join-timeout=${options.joinTimeout()}`,
              ...program.args,
              'org.infinispan.server.Bootstrap',
              ...['-s', home, '-b', host, '-p', String(port), '-n', `node-${port}`],
            ];
          },
        },
      ],
      ready: () => isReady(url, options),
      readyMs: 180_000,
      // One that cannot read its configuration stays for ever.
      fatal: /^Exception in thread "main"| FATAL /m,
    };
  });
}

async function configure(folder: string, { user, reader, password }: Accounts): Promise<void> {
  await mkdir(folder);
  for (const file of ['infinispan.xml', 'log4j2.xml'])
    await copyFile(join(settings, file), join(folder, file));
  const secret = { mode: 0o600 };
  await writeFile(join(folder, 'users.properties'), `${user}=${password}\n${reader}=${password}\n`, secret);
  await writeFile(join(folder, 'groups.properties'), `${user}=admin\n${reader}=observer\n`);
}

/** Of its answers to questions about its health and about a cache, what counts here. */
interface Health {
  readonly cluster_health: { readonly number_of_nodes: number; readonly health_status: string };
  readonly cache_health: readonly { readonly status: string }[];
}
interface CacheDetails {
  readonly rehash_in_progress: boolean;
}

/**
 * So do all that run: one that has just come knows nothing yet of what the others are about to give it, and thinks that
 * all is well.
 */
async function isReady(url: string, options: NodeOptions): Promise<boolean> {
  if (!(await isHealthy(url, options))) return false;
  const urls = options.members.map(({ port }) => `http://127.0.0.1:${port}`);
  const healthy = await Promise.all(urls.map((one) => isHealthy(one, options)));
  return healthy.filter(Boolean).length === options.expected();
}

/** It sees all the nodes it should, and no cache is still on the way from one to another. A cache that is asked about is started. */
async function isHealthy(url: string, { accounts, expected }: NodeOptions): Promise<boolean> {
  const credentials = Buffer.from(`${accounts.user}:${accounts.password}`).toString('base64');
  const ask = async (path: string): Promise<unknown> => {
    const response = await fetch(`${url}/rest/v2/${path}`, {
      headers: { authorization: `Basic ${credentials}` },
      signal: AbortSignal.timeout(3_000),
    });
    return response.json();
  };
  try {
    for (const cache of ['text', 'bytes', 'guarded']) {
      const { rehash_in_progress } = (await ask(`caches/${cache}`)) as CacheDetails;
      if (rehash_in_progress) return false;
    }
    const { cluster_health: cluster, cache_health: caches } = (await ask('container/health')) as Health;
    const statuses = [cluster.health_status, ...caches.map(({ status }) => status)];
    return cluster.number_of_nodes === expected() && statuses.every((status) => status === 'HEALTHY');
  } catch {
    return false;
  }
}

/** Infinispan 15 needs 17. */
async function findJava(): Promise<Program | undefined> {
  const java = await programAt('java', { ask: '-version', version: /version "(\d+)/ });
  return java !== undefined && Number(java.version) >= 17 ? java : undefined;
}
