import { findMinio, startMinio } from '../../tools/servers/minio.ts';
import { NoServerError } from '../../tools/servers/program.ts';
import { askS3, type S3Server } from '../../tools/servers/s3.ts';
import { findVersitygw, startVersitygw } from '../../tools/servers/versitygw.ts';
import type { S3Name } from './benchmark.ts';
import { Unavailable } from './child.ts';

/** A contestant's share of the server. */
export interface Lease {
  /** Tells the contestant's process where it is, and its keys. */
  readonly env: Readonly<Record<string, string>>;
  /** The last one stops the server. */
  release(): Promise<void>;
}

interface Shared {
  readonly server: Promise<S3Server>;
  users: number;
}

const start: Readonly<Record<S3Name, () => Promise<S3Server>>> = {
  minio: async () => startMinio(await findMinio({ install: false })),
  versitygw: async () => startVersitygw(await findVersitygw({ install: false })),
};
const BUCKET = 'bench';
const running = new Map<S3Name, Shared>();

/** One server for all who play at a time: rounds interleave, and none has a younger disk or a warmer cache. */
export async function leaseS3(name: S3Name): Promise<Lease> {
  const shared = running.get(name) ?? { server: startOne(name), users: 0 };
  running.set(name, shared);
  let server: S3Server;
  try {
    server = await shared.server;
  } catch (cause) {
    running.delete(name);
    throw cause instanceof NoServerError ? new Unavailable(cause.message, { cause }) : cause;
  }
  shared.users++;
  const { endpoint, region, accessKeyId, secretAccessKey } = server;
  return {
    env: {
      SKEIN_BENCH_S3: JSON.stringify({ bucket: BUCKET, endpoint, region, accessKeyId, secretAccessKey }),
    },
    async release() {
      if (--shared.users > 0) return;
      running.delete(name);
      await server.stop();
    },
  };
}

async function startOne(name: S3Name): Promise<S3Server> {
  const server = await start[name]();
  const { ok, status } = await askS3(server, 'PUT', `/${BUCKET}`);
  if (ok) return server;
  await server.stop();
  throw new Error(`${name} makes no bucket: it answers ${status}`);
}
