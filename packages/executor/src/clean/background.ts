/** A process that removes what an executor has stored, while its client goes on or has gone. */
import { spawn } from 'node:child_process';
import { encode } from '@skein/codec';
import type { Storage } from '@skein/storage';
import { agentFile } from '../backend/agent-file.ts';
import { workerEnv } from '../backend/localhost/worker-env.ts';
import { withCredentials } from '../wire/credentials.ts';

/** The handle has no credentials, as none has: those that were given in code go by the environment. */
export function cleanInBackground(place: {
  readonly storage: Storage;
  readonly bucket: string;
  readonly prefix: string;
}): void {
  const handle = Buffer.from(encode(place.storage, { reach: 'host', root: 'storage' }).toBytes());
  const cleaner = spawn(
    process.execPath,
    [agentFile(), '--clean', handle.toString('base64'), place.bucket, place.prefix],
    {
      detached: true,
      stdio: 'ignore',
      cwd: '/',
      env: { ...workerEnv(process.env), ...withCredentials(undefined) },
    },
  );
  cleaner.on('error', () => {}); // what is left is found by its age
  cleaner.unref();
}
