/** Connections of their own: `connect` gives all of a process the same one. */
import { parseAddress } from '../../src/client/address.ts';
import { Cluster, type ClusterOptions, DEFAULT_TIMES } from '../../src/client/cluster.ts';
import { Dso } from '../../src/dso.ts';

export type Times = Partial<Pick<ClusterOptions, 'timeoutMs' | 'waitTimeoutMs' | 'sessionTtlMs'>>;

/** A connection, a session and signs of life that it shares with nobody. */
export async function separate(url: string, times: Times = {}): Promise<Dso> {
  const cluster = new Cluster({
    address: parseAddress(url),
    token: undefined,
    tls: {},
    ...DEFAULT_TIMES,
    ...times,
  });
  await cluster.open();
  return new Dso(cluster, () => cluster.close());
}
