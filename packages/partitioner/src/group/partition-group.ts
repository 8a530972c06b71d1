import { inspect } from 'node:util';
import { registerClass } from '@skein/codec';
import type { RecordBatch, Schema, Table } from 'apache-arrow';
import { Batched } from '../batched.ts';
import { nameOf } from '../data-object.ts';
import type { DataPartition } from '../data-partition.ts';
import type { Cell, DataRecord } from '../format/format.ts';
import { concatInOrder, mapInOrder } from '../in-order.ts';
import { type BatchRead, type ReadWait, signalOf } from '../read-wait.ts';
import { shownBytes } from '../sizes.ts';
import { Agreement } from './agreement.ts';

/** Parts whose first bytes are on their way while those before are read: opening a small object takes longer than reading it. */
const AHEAD = 8;

/**
 * Parts of several objects, for one call. They are read one after another, a few opened ahead; {@link parts} tells whose a record is.
 * A group travels as partitions do, with which it has all its reads in common that mean something for several objects.
 */
export class PartitionGroup implements Iterable<DataPartition> {
  /** In the order of the objects; at least one. */
  readonly parts: readonly DataPartition[];

  /** Groups are made by `objects(…).coalesce()`. */
  constructor(parts: readonly DataPartition[]) {
    this.parts = parts;
  }

  /** Bytes of all parts; undefined where nobody knows that of one. */
  get size(): number | undefined {
    return this.parts.reduce<number | undefined>(
      (sum, { size }) => (sum === undefined || size === undefined ? undefined : sum + size),
      0,
    );
  }

  /** The lines of all parts. */
  lines(wait?: ReadWait): Batched<string> {
    return batched(this.parts, (part, own) => part.lines(own).batches(), wait);
  }

  /** The records of all parts, by the names of their columns. See {@link DataPartition.records}. */
  records<R = DataRecord>(wait?: ReadWait): Batched<R> {
    return batched(this.parts, (part, own) => part.records<R>(own).batches(), wait);
  }

  /**
   * The cells of all parts.
   *
   * @throws {PartitionError} `malformed`, from the iteration, when an object's columns are others than those before it
   */
  rows(wait?: ReadWait): Batched<readonly Cell[]> {
    const agreed = new Agreement('columns');
    return batched(
      this.parts,
      async function* (part, own) {
        agreed.add(part, await part.columns(own));
        yield* part.rows(own).batches();
      },
      wait,
    );
  }

  /** How many lines or records there are. */
  async count(wait?: ReadWait): Promise<number> {
    let count = 0;
    for await (const one of each(this.parts, (part, own) => part.count(own), wait)) count += one;
    return count;
  }

  /**
   * All parts as one Arrow table. Needs the package `apache-arrow`.
   *
   * @throws {PartitionError} `malformed`, when an object's columns or their types are others than those before it
   */
  async arrow(wait?: ReadWait): Promise<Table> {
    const agreed = new Agreement('columns and types');
    const tables: Table[] = [];
    let at = 0;
    for await (const table of each(this.parts, (part, own) => part.arrow(own), wait)) {
      agreed.add(this.parts[at++]!, typesOf(table.schema));
      tables.push(table);
    }
    // An empty object names no columns, and has no rows.
    const [first, ...rest] = tables.filter(({ numCols }) => numCols > 0);
    return first === undefined ? tables[0]! : first.concat(...rest);
  }

  /**
   * The record batches of all parts, one after another. See {@link DataPartition.batches}.
   *
   * @throws {PartitionError} `malformed`, from the iteration, when an object's columns or their types are others than those before it
   */
  async *batches(read?: BatchRead): AsyncGenerator<RecordBatch, void, undefined> {
    const agreed = new Agreement('columns and types');
    for (const part of this.parts) {
      for await (const batch of part.batches(read)) {
        agreed.add(part, typesOf(batch.schema));
        yield batch;
      }
    }
  }

  /** Of what, for people. */
  toString(): string {
    const [first] = this.parts;
    const size = this.size === undefined ? 'size unknown' : shownBytes(this.size);
    return `PartitionGroup(${this.parts.length} parts from ${nameOf(first!.object)} on, ${size})`;
  }

  [Symbol.iterator](): Iterator<DataPartition> {
    return this.parts[Symbol.iterator]();
  }

  static {
    // Not written as a method: declarations made file by file cannot name `inspect.custom`.
    Object.defineProperty(PartitionGroup.prototype, inspect.custom, {
      value(this: PartitionGroup): string {
        return this.toString();
      },
    });
    // Its parts are handles, whose module registers it where it arrives. It is made there without its constructor: nothing
    // of it may be private.
    registerClass(PartitionGroup, 'partitioner:PartitionGroup@1');
  }
}

function typesOf({ fields }: Schema): readonly string[] {
  return fields.map(({ name, type }) => `${name}: ${type}`);
}

/** A wait that ends also when nobody wants more of what is read ahead. */
function until(wait: ReadWait | undefined): { readonly own: ReadWait; readonly enough: () => void } {
  const controller = new AbortController();
  const given = signalOf(wait);
  const signal = given === undefined ? controller.signal : AbortSignal.any([given, controller.signal]);
  return { own: { signal }, enough: () => controller.abort() };
}

function batched<T>(
  parts: readonly DataPartition[],
  read: (part: DataPartition, wait: ReadWait) => AsyncIterable<readonly T[]>,
  wait: ReadWait | undefined,
): Batched<T> {
  return new Batched(() => {
    const { own, enough } = until(wait);
    return concatInOrder(
      later(parts, (part) => read(part, own)),
      AHEAD,
      enough,
    );
  });
}

function each<T>(
  parts: readonly DataPartition[],
  act: (part: DataPartition, wait: ReadWait) => Promise<T>,
  wait: ReadWait | undefined,
): AsyncIterable<T> {
  const { own, enough } = until(wait);
  return mapInOrder(
    later(parts, (part) => part),
    (part) => act(part, own),
    AHEAD,
    enough,
  );
}

async function* later<T, R>(items: Iterable<T>, act: (item: T) => R): AsyncGenerator<R, void, undefined> {
  for (const item of items) yield act(item);
}
