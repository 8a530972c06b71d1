/** A real S3 server for tests and benchmarks, the light one: Versity's gateway over a folder. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { goServer } from './go.ts';
import { findProgram, NoServerError, type Program, type Recipe } from './program.ts';
import { isS3Ready, type S3Server, s3Facts } from './s3.ts';
import { startServer } from './server.ts';

export class NoVersitygwError extends NoServerError {
  override readonly name = 'NoVersitygwError';
}

const recipe: Recipe = goServer({
  name: 'versitygw',
  path: 'github.com/versity/versitygw/cmd/versitygw',
  version: 'v1.8.0',
  takes: '4 minutes',
  answer: /^Version\s*:\s*(\S+)/m,
  Missing: NoVersitygwError,
});

/** Finds versitygw, or builds it if that is asked for: {@link findProgram}. */
export function findVersitygw(options: { readonly install: boolean }): Promise<Program> {
  return findProgram(recipe, options);
}

/**
 * Starts it with no bucket in it, on loopback only. Objects are files, so that a restart finds them, and keys are their
 * paths: `a//b` is `a/b`, `a` and `a/` exclude each other, and what is between two slashes has at most 255 bytes. The
 * folder for temporary files must be on a file system with extended attributes.
 */
export function startVersitygw({ command, args, env }: Program): Promise<S3Server> {
  return startServer('versitygw', async (folder) => {
    const facts = s3Facts(await freePort());
    const root = join(folder, 'root');
    await mkdir(root);
    const address = `127.0.0.1:${facts.port}`;
    const options = ['--port', address, '--region', facts.region, '--keep-alive', '--quiet'];
    return {
      facts,
      commands: [
        {
          command,
          args: [...args, ...options, 'posix', root],
          env: { ...env, ROOT_ACCESS_KEY: facts.accessKeyId, ROOT_SECRET_KEY: facts.secretAccessKey },
        },
      ],
      ready: () => isS3Ready(facts),
    };
  });
}
