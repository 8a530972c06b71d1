/** A real OpenStack Swift for tests and benchmarks, from PyPI: one disk, one replica, accounts of its own. */
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../lib/command.mjs';
import { answers } from './answers.ts';
import { freePorts } from './free-port.ts';
import { installOnce } from './install-once.ts';
import { findProgram, NoServerError, type Program, programAt, type Recipe, servers } from './program.ts';
import { type Server, startServer } from './server.ts';
import { roles, settingsOf } from './swift/settings.ts';

/** Gives a token to those who send `X-Storage-User` and `X-Storage-Pass` to its {@link Swift.authUrl}. */
export interface Swift extends Server {
  /** Of the proxy, which speaks with clients. */
  readonly port: number;
  /** Such as `http://127.0.0.1:41234/auth/v1.0`: version 1 of Swift's authentication. */
  readonly authUrl: string;
  /** With its account, such as `test:tester`; may do everything there. */
  readonly user: string;
  readonly key: string;
}

export class NoSwiftError extends NoServerError {
  override readonly name = 'NoSwiftError';
}

const own: string = fileURLToPath(new URL('swift/', import.meta.url));
const folder: string = join(servers, 'swift-2.38.3');

/** Older ones cannot do without memcached. */
const question =
  'import swift, swift.common.middleware.tempauth as t; t.fernet; print("Swift", swift.__version__)';

const recipe: Recipe = {
  name: 'OpenStack Swift',
  advice: 'install Python 3.10 or newer with pip (Debian: apt-get install python3-pip)',
  folder,
  Missing: NoSwiftError,
  find: async () => (await pythonWithSwift(process.env)) ?? (await pythonWithSwift(environment())),
  install: () =>
    installOnce(folder, async (draft) => {
      const quiet = ['--quiet', '--disable-pip-version-check'];
      const what = ['--only-binary=:all:', '--target', draft, '--requirement', join(own, 'requirements.txt')];
      await run('python3', ['-m', 'pip', 'install', ...quiet, ...what]);
    }),
};

/** Finds Swift in the PATH's Python, or fetches it if that is asked for: {@link findProgram}. */
export function findSwift(options: { readonly install: boolean }): Promise<Program> {
  return findProgram(recipe, options);
}

/**
 * Starts its four servers with no container in them, on loopback only. Objects are files, so that a restart finds them;
 * the folder for temporary files must be on a file system with extended attributes. None of Swift's daemons runs: an
 * object past its time is gone, but still listed; and what a server missed, while another was frozen, stays missed.
 */
export function startSwift({ command, args, env }: Program): Promise<Swift> {
  return startServer('swift', async (home) => {
    const [account = 0, container = 0, object = 0, port = 0] = await freePorts(roles.length);
    const user = 'test:tester';
    const key = randomBytes(12).toString('hex');
    await mkdir(join(home, 'disks/disk'), { recursive: true });
    const files = settingsOf({ folder: home, ports: { account, container, object, proxy: port }, user, key });
    for (const [name, text] of files) await writeFile(join(home, name), text, { mode: 0o600 });
    const ports = [account, container, object].map(String);
    await run(command, [...args, join(own, 'rings.py'), home, ...ports], { env });
    return {
      facts: { port, user, key, authUrl: `http://127.0.0.1:${port}/auth/v1.0` },
      commands: roles.map((role) => ({
        command,
        args: [...args, '-m', moduleOf[role], join(home, `${role}.conf`), '--verbose'],
        env,
      })),
      ready: async () =>
        (await Promise.all([port, account, container, object].map(isHealthy))).every(Boolean),
    };
  });
}

const moduleOf = {
  account: 'swift.account.server',
  container: 'swift.container.server',
  object: 'swift.obj.server',
  proxy: 'swift.proxy.server',
} as const;

function isHealthy(port: number): Promise<boolean> {
  return answers(`http://127.0.0.1:${port}/healthcheck`);
}

function pythonWithSwift(env: NodeJS.ProcessEnv): Promise<Program | undefined> {
  return programAt('python3', { args: ['-c'], ask: question, env, version: /^Swift (\S+)/m }).then(
    (program) => program && { ...program, args: [] },
  );
}

function environment(): NodeJS.ProcessEnv {
  const { PYTHONPATH } = process.env;
  return {
    ...process.env,
    PYTHONPATH: PYTHONPATH === undefined ? folder : `${folder}${delimiter}${PYTHONPATH}`,
  };
}
