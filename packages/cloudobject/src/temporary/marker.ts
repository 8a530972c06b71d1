/** Says whose a tree of temporary data is, and that its maker was there lately. Made first, removed last. */
import type { Storage } from '@skein/storage';
import { ownIdentity, type ProcessIdentity, parseIdentity } from './process-identity.ts';

/** Between two renewals, milliseconds. */
export const RENEW_MS = 60_000;

export function markerKey(prefix: string): string {
  return `${prefix}/alive`;
}

/**
 * Marks what is below `prefix` as this process's, for as long as it lives.
 *
 * @param missed is told when a renewal has failed: the next one may not
 * @returns stops renewing; once it has resolved, nothing brings the marker back
 */
export async function keepMarked(
  storage: Storage,
  bucket: string,
  prefix: string,
  missed: (error: unknown) => void,
): Promise<() => Promise<void>> {
  await writeMarker(storage, bucket, prefix);
  let renewal: Promise<void> | undefined;
  const renewing = setInterval(() => {
    renewal = writeMarker(storage, bucket, prefix).catch(missed);
  }, RENEW_MS);
  renewing.unref();
  return async () => {
    clearInterval(renewing);
    await renewal;
  };
}

async function writeMarker(storage: Storage, bucket: string, prefix: string): Promise<void> {
  const marker = { version: 1, ...ownIdentity(), renewedTstamp: Date.now() / 1000 };
  await storage.putObject(bucket, markerKey(prefix), `${JSON.stringify(marker)}\n`);
}

export interface Marker {
  /** `undefined` where the marker is none that this version can read. */
  readonly client: ProcessIdentity | undefined;
  /** By the store's clock. */
  readonly renewed: Date;
}

/** @returns `undefined` where there is none. */
export async function readMarker(
  storage: Storage,
  bucket: string,
  prefix: string,
): Promise<Marker | undefined> {
  try {
    const { info, body } = await storage.getObject(bucket, markerKey(prefix), { info: true });
    return { client: parseIdentity(body.toString('utf8')), renewed: info.lastModified };
  } catch (error) {
    if ((error as { code?: string }).code !== 'no-such-key') throw error;
    return undefined;
  }
}
