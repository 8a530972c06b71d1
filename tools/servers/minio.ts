/** A real S3 server for tests and benchmarks, the complete one: MinIO. */
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { goServer } from './go.ts';
import { findProgram, NoServerError, type Program, type Recipe } from './program.ts';
import { isS3Ready, type S3Server, s3Facts } from './s3.ts';
import { startServer } from './server.ts';

export class NoMinioError extends NoServerError {
  override readonly name = 'NoMinioError';
}

const recipe: Recipe = goServer({
  name: 'minio',
  path: 'github.com/minio/minio',
  // Its releases have no version that Go knows: this is the commit of one.
  version: 'v0.0.0-20260212201848-7aac2a2c5b7c',
  takes: '12 minutes',
  answer: /^minio version (\S+)/m,
  Missing: NoMinioError,
});

/** Finds MinIO, or builds it if that is asked for, which is for those who will use it often: {@link findProgram}. */
export function findMinio(options: { readonly install: boolean }): Promise<Program> {
  return findProgram(recipe, options);
}

/** Starts it with no bucket in it, on loopback only, on one drive, which is a folder: a restart finds what it held. */
export function startMinio({ command, args, env }: Program): Promise<S3Server> {
  return startServer('minio', async (folder) => {
    const facts = s3Facts(await freePort());
    const options = ['server', '--quiet', '--address', `127.0.0.1:${facts.port}`, join(folder, 'drive')];
    return {
      facts,
      commands: [
        {
          command,
          args: [...args, ...options],
          env: {
            ...env,
            // Its own settings and certificates are looked for there.
            HOME: folder,
            // It would refuse a drive that it shares with the system.
            MINIO_CI_CD: '1',
            MINIO_BROWSER: 'off',
            MINIO_UPDATE: 'off',
            MINIO_ROOT_USER: facts.accessKeyId,
            MINIO_ROOT_PASSWORD: facts.secretAccessKey,
          },
        },
      ],
      ready: () => isS3Ready(facts),
    };
  });
}
