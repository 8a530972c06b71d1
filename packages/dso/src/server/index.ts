/** What runs a node: for server programs. Programs that use shared objects need none of it. */

export { clusterName } from '../cluster/cluster-name.ts';
export { etcdCoordinator } from '../cluster/etcd/etcd-coordinator.ts';
export type { MemberShare, ReplicationStats } from '../cluster/report.ts';
export { bucketStore, type ObjectStorage } from '../durable/bucket-store.ts';
export {
  Durability,
  type DurabilityOptions,
  type DurabilityStats,
  listName,
  openDurability,
} from '../durable/durability.ts';
export { DataError } from '../durable/errors.ts';
export { type FsyncPolicy, fsyncText, parseFsync } from '../durable/fsync.ts';
export type { FrameReport } from '../durable/journal.ts';
export { folderStore, type SnapshotStore } from '../durable/snapshot-store.ts';
export type { EngineStats } from '../engine/options.ts';
export { Refusal, type RefusalCode } from '../engine/refusal.ts';
export { GrpcTransport, type PacketStream } from '../wire/grpc.ts';
export { decodePacket, encodePacket } from '../wire/packet.ts';
export type { Transport, TransportEvents } from '../wire/transport.ts';
export { type NodeStats, statsOf } from './admin.ts';
export { type ObjectInfo, objectsOf } from './census.ts';
export type { ClusterOptions } from './cluster-side.ts';
export { DEFAULT_LIMITS, type NodeLimits } from './limits.ts';
export { type ListenExtras, type Listening, listen, type OtherProtocol } from './listen.ts';
export { type Counters, Node, type NodeOptions } from './node.ts';
export { PROTO_FILE } from './proto-file.ts';
export { UserTasks, type UserTasksOptions } from './user-tasks.ts';
