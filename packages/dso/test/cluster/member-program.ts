/** A member of a cluster in a process of its own, for tests: it ends with its parent, and answers it with what it knows. */
import { etcdCoordinator, type MemberShare, Node } from '../../src/server/index.ts';
import { listen } from '../../src/server/listen.ts';

export interface MemberProgramOptions {
  readonly port: number;
  /** Where others reach it. */
  readonly address: string;
  /** Of etcd. */
  readonly url: string;
  readonly prefix: string;
  readonly replicas: number;
  readonly leaseMs: number;
}

export interface MemberView {
  /** Whether it answers for its slots. */
  readonly isReady: boolean;
  readonly shares: readonly MemberShare[];
}

const { port, address, url, ...cluster } = JSON.parse(process.argv[2]!) as MemberProgramOptions;
const node = new Node({ address, cluster: { ...cluster, coordinator: etcdCoordinator([url]) }, print() {} });
await listen(node, { host: '127.0.0.1', port });
process.on('disconnect', () => process.exit(0));
const look = (): MemberView => ({ isReady: node.isReady, shares: node.shares() });
process.on('message', () => process.send?.(look()));
process.send?.(look());
