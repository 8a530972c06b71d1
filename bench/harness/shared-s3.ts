import { findMinio, startMinio } from '../../tools/servers/minio.ts';
import { NoServerError } from '../../tools/servers/program.ts';
import { askS3, type S3Server } from '../../tools/servers/s3.ts';
import { findVersitygw, startVersitygw } from '../../tools/servers/versitygw.ts';
import type { S3Name } from './benchmark.ts';
import { Unavailable } from './child.ts';
import { type Lease, type Made, Shared } from './shared.ts';

const start: Readonly<Record<S3Name, () => Promise<S3Server>>> = {
  minio: async () => startMinio(await findMinio({ install: false })),
  versitygw: async () => startVersitygw(await findVersitygw({ install: false })),
};
const BUCKET = 'bench';
const running = new Shared();

/** One server for all who play at a time: rounds interleave, and none has a younger disk or a warmer cache. */
export async function leaseS3(name: S3Name): Promise<Lease> {
  try {
    return await running.lease(name, () => startOne(name));
  } catch (cause) {
    throw cause instanceof NoServerError ? new Unavailable(cause.message, { cause }) : cause;
  }
}

async function startOne(name: S3Name): Promise<Made> {
  const server = await start[name]();
  const { ok, status } = await askS3(server, 'PUT', `/${BUCKET}`);
  if (!ok) {
    await server.stop();
    throw new Error(`${name} makes no bucket: it answers ${status}`);
  }
  const { endpoint, region, accessKeyId, secretAccessKey } = server;
  const said = { bucket: BUCKET, endpoint, region, accessKeyId, secretAccessKey };
  return { env: { SKEIN_BENCH_S3: JSON.stringify(said) }, remove: () => server.stop() };
}
