/** Operations of all types with arguments at random, most of which are such as the operation takes. */
import { encode } from '@skein/codec';
import { CATALOG, type TypeName } from '../../src/objects/catalog.ts';
import { Packed, type Value } from '../../src/value/value.ts';
import type { Random } from '../linearizability/simulate.ts';

const CODE: Value = ['fn', 'hash', Uint8Array.of(1)];
const packed = (n: number): Packed => new Packed(encode({ n }).toBytes());

/** By letter. In upper case: now and then nothing. */
const LETTERS: Readonly<Record<string, (random: Random) => Value>> = {
  i: (random) => random(4),
  p: (random) => 1 + random(2),
  f: (random) => random(10) / 4 - 1,
  g: (random) => BigInt(random(5)) ** 30n,
  t: (random) => random(2) === 0,
  s: (random) => ['a', 'b', ''][random(3)],
  v: (random) => [1, 'x', null, 2n, Uint8Array.of(1, 2), packed(random(2)), Number.NaN, -0][random(8)],
  b: (random) => Uint8Array.from({ length: random(4) }, () => random(3)),
  n: (random) => Float64Array.from({ length: 3 }, () => random(5)),
  N: (random) => Float64Array.from({ length: 9 }, () => random(5)),
  c: () => CODE,
  o: (random) => ['sum', 'max', 'last', CODE][random(4)],
  h: () => [],
  u: () => undefined,
  e: (random) => random(2),
};

/** How each type is made, and what its operations take, in the order of the catalog. */
const SHAPES: Readonly<Record<TypeName, readonly [config: readonly Value[], ...operations: string[]]>> = {
  counter: [[5], '', 'i', 'I', 'ii'],
  long: [[5n], '', 'g', 'g', 'g', 'gg'],
  boolean: [[true], '', 't', 't', 'tt'],
  reference: [[undefined], '', 'v', 'v', 'vv'],
  bytes: [[undefined], '', 'b', 'b', 'bb', '', 'ii', 'ib', 'b'],
  list: [[], '', 'i', 'vv', '', '', 'iv', 'iv', 'i', 'v', 'v', 'ii', '', '', 'T'],
  map: [
    [],
    ...['i', 'i', '', 'iv', 'iv', 'iv', 'ivv', 'i', 'i', 'ii', 'iviv', 'iio', 'oii', 'ic', 'iIi', ''],
  ],
  treeMap: [
    [],
    ...[
      'i',
      'i',
      '',
      'iv',
      'iv',
      'iv',
      'ivv',
      'i',
      'i',
      'ii',
      'iviv',
      'iio',
      'oii',
      'ic',
      'ItIttp',
      '',
      '',
      '',
    ],
  ],
  set: [[], 'v', '', 'v', 'vv', 'v', 'iIp', ''],
  queue: [[3], '', '', 'v', 'v', '', '', 'i', '', '', 'P', '', 'v'],
  matrix: [[3, 3, 0], ...['', 'ii', 'iif', 'iif', 'i', 'i', 'in', 'in', 'iic', '', 'N', 'f']],
  barrier: [[3], 'IIt', 'i', 'i', 'is', '', '', ''],
  latch: [[3], '', 'p', ''],
  semaphore: [[3], '', 'p', 'p', 'p'],
  lock: [[], '', 'SP', 'S', 'U', 'sU', 'sUp', ''],
  future: [[], '', 'v', 'v', ''],
  allReduce: [[2, 'sum'], 'IIsn', '', ''],
  logger: [[4], 'ss', 'i', ''],
  class: [[CODE, Uint8Array.of(1), [], 'C'], 'sbh', ''],
  channel: [[150], 'eSv', 'eS', 'eSt', 'eS', 'es', 'eS', 'e'],
  event: [[], '', '', '', ''],
  typedArray: [['uint8', 4], '', 'i', 'ii', 'ii', 'iii', 'II', 'ib', 'iII'],
};

export interface Made {
  readonly type: TypeName;
  readonly typeName: string;
  readonly config: readonly Value[];
}

/** One of each type, and others of some that are other things by their configuration. */
export const OBJECTS: readonly Made[] = [
  ...(Object.keys(CATALOG) as TypeName[]).map((type) => ({
    type,
    typeName: type === 'class' ? 'class:C' : type,
    config: SHAPES[type][0],
  })),
  { type: 'allReduce', typeName: 'allReduce', config: [2, CODE] },
  { type: 'semaphore', typeName: 'semaphore', config: [2, false] },
  { type: 'semaphore', typeName: 'semaphore', config: [2, true, 2] },
  { type: 'queue', typeName: 'queue', config: [3, true] },
];

/** The arguments of an operation, at random; now and then such as it refuses. */
export function someArguments(type: TypeName, operation: number, random: Random): Value[] {
  const shape = SHAPES[type][operation + 1];
  if (typeof shape !== 'string') throw new Error(`${type} has an operation ${operation} without a shape`);
  if (random(15) === 0) return [LETTERS['v']!(random), LETTERS['v']!(random)];
  return [...shape].map((letter) => {
    const exact = LETTERS[letter];
    if (exact !== undefined) return exact(random);
    return random(2) === 0 ? undefined : LETTERS[letter.toLowerCase()]!(random);
  });
}
