/** An Azure Blob Storage for tests and benchmarks: Microsoft's own emulator, from npm, in a folder of its own. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { run } from '../lib/command.mjs';
import { freePort } from './free-port.ts';
import { installOnce } from './install-once.ts';
import { findProgram, NoServerError, type Program, programAt, type Recipe, servers } from './program.ts';
import { type Server, startServer } from './server.ts';

export interface Azurite extends Server {
  /** Of the account, such as `http://127.0.0.1:41234/skein`. */
  readonly endpoint: string;
  readonly port: number;
  readonly account: string;
  /** Of the account, in base64. */
  readonly key: string;
  /** All of the above, as Azure's clients take it. */
  readonly connectionString: string;
}

export class NoAzuriteError extends NoServerError {
  override readonly name = 'NoAzuriteError';
}

const version = '3.35.0';
const folder: string = join(servers, `azurite-${version}`);
const main: string = join(folder, 'node_modules/azurite');

const recipe: Recipe = {
  name: 'azurite-blob',
  advice: 'npm fetches it, or put it on the PATH (npm install --global azurite)',
  folder,
  Missing: NoAzuriteError,
  find: async () =>
    (await programAt('azurite-blob', { version: /^(\d+\.\d+\.\d+)$/m })) ?? (await installed()),
  install: () =>
    installOnce(folder, async (draft) => {
      const quiet = ['--no-fund', '--no-audit', '--loglevel=error', '--ignore-scripts'];
      await run('npm', ['install', '--prefix', draft, ...quiet, `azurite@${version}`]);
    }),
};

/** Finds Azurite, or fetches it if that is asked for: {@link findProgram}. */
export function findAzurite(options: { readonly install: boolean }): Promise<Program> {
  return findProgram(recipe, options);
}

/** Starts its blob service with no container in it, on loopback only; it keeps all in memory. */
export function startAzurite({ command, args, env }: Program): Promise<Azurite> {
  return startServer('azurite', async () => {
    const port = await freePort();
    const account = 'skein';
    // Nobody has used it before: a client that does not send it is refused.
    const key = randomBytes(64).toString('base64');
    const endpoint = `http://127.0.0.1:${port}/${account}`;
    const address = ['--blobHost', '127.0.0.1', '--blobPort', String(port)];
    // Clients of today speak a newer version of the protocol than it knows by name.
    const options = ['--inMemoryPersistence', '--skipApiVersionCheck', '--disableTelemetry', '--silent'];
    const parts = {
      DefaultEndpointsProtocol: 'http',
      AccountName: account,
      AccountKey: key,
      BlobEndpoint: endpoint,
    };
    return {
      facts: {
        endpoint,
        port,
        account,
        key,
        connectionString: Object.entries(parts)
          .map(([name, value]) => `${name}=${value};`)
          .join(''),
      },
      commands: [
        {
          command,
          args: [...args, ...address, ...options],
          env: { ...env, AZURITE_ACCOUNTS: `${account}:${key}` },
        },
      ],
      ready: () => accepts(port),
    };
  });
}

/** Asking it for its version takes two seconds: its package tells it at once. */
async function installed(): Promise<Program | undefined> {
  try {
    const { version } = JSON.parse(await readFile(join(main, 'package.json'), 'utf8'));
    return {
      command: process.execPath,
      args: [join(main, 'dist/src/blob/main.js')],
      env: process.env,
      version,
    };
  } catch {
    return undefined;
  }
}

/** It listens once it is ready, and answers only those who sign. */
function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
