/** What the coordinator knows of a slot. */

/**
 * A member is named by its address and this life of it, `host:port#random`: one that starts again is another. One whose data
 * outlives it is the same as long as its data is.
 */
export type MemberId = string;

export interface SlotRecord {
  /** Grows with each change of the primary (D1). */
  readonly epoch: number;
  readonly primary: MemberId;
  /** Who has logged all that is committed, the primary among them: only these may become primary (D5). */
  readonly inSync: readonly MemberId[];
  /** Who is on its way to be in sync. */
  readonly learners: readonly MemberId[];
  /** Names the time since which nothing of it has been lost (D5). */
  readonly life: string;
  /** The epoch in which that began, with nothing in it. */
  readonly born: number;
}

export function encodeRecord(record: SlotRecord): string {
  return JSON.stringify(record);
}

export function decodeRecord(text: string): SlotRecord {
  return JSON.parse(text) as SlotRecord;
}

/** What a member says of itself, as the value of its key. */
export interface NodeState {
  /** When it began, milliseconds since the epoch by its own clock. */
  readonly since: number;
  /** It is about to leave: no slot belongs to it any more, and it answers for those that it still has. */
  readonly isDraining: boolean;
}

export function encodeNode(state: NodeState): string {
  return JSON.stringify(state);
}

export function decodeNode(text: string): NodeState {
  return JSON.parse(text) as NodeState;
}

/** The name of a member whose data outlives it: the same one comes back. */
export function durableId(address: string, life: string): MemberId {
  return `${address}#${DURABLE}${life}`;
}

/** Whether it may come back, with all that it had, when its process has ended. */
export function isDurable(id: MemberId): boolean {
  return id.startsWith(DURABLE, id.lastIndexOf('#') + 1);
}

const DURABLE = 'data-';

/** The address at which a member is reached. */
export function addressOf(id: MemberId): string {
  return id.slice(0, id.lastIndexOf('#'));
}

/** The keys of one cluster below a prefix. */
export class Keys {
  readonly prefix: string;
  readonly nodes: string;
  readonly slots: string;

  constructor(prefix: string) {
    this.prefix = prefix;
    this.nodes = `${prefix}node/`;
    this.slots = `${prefix}slot/`;
  }

  node(id: MemberId): string {
    return `${this.nodes}${id}`;
  }

  slot(number: number): string {
    return `${this.slots}${number}`;
  }
}
