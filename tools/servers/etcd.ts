/** A real etcd for tests and benchmarks: the one on the PATH, or Debian's, unpacked into `.cache/servers`. */
import { join } from 'node:path';
import { answers } from './answers.ts';
import { environmentOf, unpackDebian } from './debian.ts';
import { freePort } from './free-port.ts';
import { findProgram, NoServerError, type Program, programAt, type Recipe, servers } from './program.ts';
import { type Server, startServer } from './server.ts';

export interface Etcd extends Server {
  /** Of clients: `http://127.0.0.1:<port>`. */
  readonly url: string;
}

export class NoEtcdError extends NoServerError {
  override readonly name = 'NoEtcdError';
}

const version = /etcd Version: ([\d.]+)/;
const folder: string = join(servers, 'etcd');

const recipe: Recipe = {
  name: 'etcd',
  advice: 'install it (Debian: apt-get install etcd-server)',
  folder,
  Missing: NoEtcdError,
  find: async () =>
    (await programAt('etcd', { version })) ??
    (await programAt(join(folder, 'usr/bin/etcd'), { env: await environmentOf(folder), version })),
  install: () => unpackDebian(['etcd-server'], folder),
};

/** Finds etcd, or fetches Debian's if that is asked for: {@link findProgram}. */
export function findEtcd(options: { readonly install: boolean }): Promise<Program> {
  return findProgram(recipe, options);
}

/** Starts one member with nothing in it, on loopback only; what is written is there after a restart. */
export function startEtcd({ command, args, env }: Program): Promise<Etcd> {
  return startServer('etcd', async (home) => {
    const [port, peerPort] = [await freePort(), await freePort()];
    const url = `http://127.0.0.1:${port}`;
    const peers = `http://127.0.0.1:${peerPort}`;
    const settings = {
      name: 'test',
      'data-dir': join(home, 'data'),
      'listen-client-urls': url,
      'advertise-client-urls': url,
      'listen-peer-urls': peers,
      'initial-advertise-peer-urls': peers,
      'initial-cluster': `test=${peers}`,
    };
    const options = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
    return {
      facts: { url },
      commands: [{ command, args: [...args, ...options], env }],
      ready: () => answers(`${url}/health`),
    };
  });
}
