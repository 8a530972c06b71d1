/**
 * Merges sorted runs: what has the same key comes together, and within it in the order of the runs. There is one window
 * of each run in memory, and one on its way; of more runs than there is room for, neighbours are merged into one first.
 */
import type { Combine } from './combine.ts';
import { GroupValues } from './group-values.ts';
import { Heap } from './heap.ts';
import type { SortableKey } from './key.ts';
import { RunPacker, type Segment, SegmentReader } from './run.ts';
import type { RunStore } from './run-store.ts';
import { encodeValue } from './value.ts';

const SMALLEST_WINDOW = 64 * 1024;
const LARGEST_WINDOW = 4 * 1024 * 1024;

/** One group of several inputs: the readers that stand at its values, in the order of their runs, input by input. */
export interface MergedGroup {
  readonly key: SortableKey;
  readonly inputs: readonly (readonly SegmentReader[])[];
}

export interface MergeOptions {
  readonly store: RunStore;
  /** Bytes that windows may take. */
  readonly memory: number;
  readonly combine: Combine | undefined;
}

/** The groups of one partition, in order of their keys; of each the values of every input. */
export async function* merged(
  inputs: readonly (readonly Segment[])[],
  options: MergeOptions,
): AsyncGenerator<MergedGroup> {
  const most = Math.max(2, Math.floor(options.memory / (2 * SMALLEST_WINDOW) / inputs.length));
  const few: (readonly Segment[])[] = [];
  for (const segments of inputs) few.push(await merge(segments, most, options));
  yield* groupsOf(few, options);
}

/** At most so many segments, with what was in these. */
async function merge(
  segments: readonly Segment[],
  most: number,
  options: MergeOptions,
): Promise<readonly Segment[]> {
  let left = segments;
  while (left.length > most) {
    const merged: Segment[] = [];
    for (let i = 0; i < left.length; i += most) {
      const neighbours = left.slice(i, i + most);
      const [only] = neighbours;
      merged.push(neighbours.length === 1 ? only! : await store(neighbours, options));
    }
    left = merged;
  }
  return left;
}

/** Makes one run of several. */
async function store(segments: readonly Segment[], options: MergeOptions): Promise<Segment> {
  let end = 0;
  const name = await options.store.put(async function* (): AsyncGenerator<Uint8Array> {
    const packer = new RunPacker();
    for await (const { key, inputs } of groupsOf([segments], options)) {
      packer.begin(key);
      if (options.combine !== undefined)
        packer.value(encodeValue(await new GroupValues(inputs[0]!, options.combine).one()));
      else
        for (const reader of inputs[0]!)
          for (;;) {
            let value = reader.next();
            if (value instanceof Promise) value = await value;
            if (value === undefined) break;
            packer.value(value);
            yield* packer.take();
          }
      packer.end();
      yield* packer.take();
    }
    end = packer.length;
    yield* packer.rest();
  });
  return { name, start: 0, end };
}

interface Head {
  readonly reader: SegmentReader;
  readonly input: number;
  /** Of its run among all. */
  readonly order: number;
}

async function* groupsOf(
  inputs: readonly (readonly Segment[])[],
  { store, memory }: MergeOptions,
): AsyncGenerator<MergedGroup> {
  const count = inputs.reduce((sum, { length }) => sum + length, 0);
  const window = Math.min(LARGEST_WINDOW, Math.max(SMALLEST_WINDOW, Math.floor(memory / (2 * count))));
  const heads = inputs.flatMap((segments, input) =>
    segments.map((segment) => ({ input, reader: new SegmentReader(segment, store.read, window) })),
  );
  const heap = new Heap<Head>(comesFirst);
  const goOn = async (head: Head): Promise<void> => {
    const going = head.reader.advance();
    if (going !== undefined) await going;
    if (head.reader.key !== undefined) heap.push(head);
  };
  for (const [order, head] of heads.entries()) await goOn({ ...head, order });
  for (let first = heap.pop(); first !== undefined; first = heap.pop()) {
    const key = first.reader.key!;
    const group = [first];
    while (heap.top?.reader.key === key) group.push(heap.pop()!);
    yield {
      key,
      inputs: inputs.map((_, input) =>
        group.filter((head) => head.input === input).map(({ reader }) => reader),
      ),
    };
    for (const head of group) await goOn(head);
  }
}

function comesFirst(a: Head, b: Head): boolean {
  const [one, other] = [a.reader.key!, b.reader.key!];
  return one < other || (one === other && a.order < b.order);
}
