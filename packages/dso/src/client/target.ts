import type { Lease } from '../lease.ts';
import type { Value } from '../value/value.ts';

/** An object as a client means it; shared by all its handles with the same configuration. */
export class ClientTarget {
  readonly type: string;
  readonly key: string;
  readonly slot: number;
  readonly config: readonly Value[];
  readonly mode: 'create' | 'await';
  readonly lease: Lease | undefined;
  /** Its number on the connection; -1: not defined there. */
  ref = -1;
  /** The life of the node, or of its slot in a cluster, in which it has been used. */
  seenIn: string | undefined;
  /** In a cluster: that of its slot now, as the node has said. */
  life: string | undefined;
  /** Operations without an answer. */
  inFlight = 0;

  constructor(
    type: string,
    key: string,
    slot: number,
    config: readonly Value[],
    mode: 'create' | 'await',
    lease?: Lease,
  ) {
    this.type = type;
    this.key = key;
    this.slot = slot;
    this.config = config;
    this.mode = mode;
    this.lease = lease;
  }
}
