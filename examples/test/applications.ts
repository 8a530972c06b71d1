/** Programs on shared objects, and what they print wherever these are. */
import { output } from './program.ts';

/** However busy the machine is: time limits are not what these tests are about. */
const patient = { SKEIN_DSO_USER_CODE_TIME_LIMIT_MS: '60000' };

/** What a program prints by itself, and all lines, with those that its objects have logged. */
export async function played(
  file: string,
  env: NodeJS.ProcessEnv,
): Promise<{ readonly prints: string; readonly lines: readonly string[] }> {
  const lines = (await output(file, { ...patient, ...env })).split('\n');
  return { prints: lines.filter((line) => !line.startsWith('logger ')).join('\n'), lines };
}

interface Application {
  readonly file: string;
  readonly claim: string;
  readonly prints: string;
  /** What is printed by whoever has the objects. */
  readonly logs?: readonly string[];
}

/** Each program has made sure, before it prints, that this process alone comes to the same. */
export const programs: readonly Application[] = [
  {
    file: '10-shared-counter.ts',
    claim: 'three calls get 1, 2 and 3',
    prints: `[ 1, 2, 3 ]
3
`,
  },
  {
    file: '11-k-means.ts',
    claim: 'calls that share centroids find those of all points',
    prints: `20000 points around 5 centroids, found in 17 rounds:
  8.4179   1.7469   3.1982   4.4729
  3.6466   0.5628   9.7875   4.5023
  4.0033   3.4214   8.3347   9.3732
  9.1680   9.6998   7.6291   9.1742
  2.2333   7.2960   2.8919   2.7077
`,
  },
  {
    file: '12-logistic-regression.ts',
    claim: 'a shared model learns from the samples of all calls',
    prints: `loss     0.693 0.217 0.195 0.183 0.176 0.171 ... 0.167
weights  -0.028 -0.378 0.714 -1.036 1.474 -1.760 2.131 -2.499
right    9541 of 10000
`,
  },
  {
    file: '13-random-forest.ts',
    claim: 'a forest that calls have planted together says what one grown here says',
    prints: `60 trees of 100 irises, asked for 50 others
                  setosa  versicolor   virginica  <- they say
setosa                17           0           0
versicolor             0          17           0
virginica              0           2          14
`,
  },
  {
    file: '14-santa-claus.ts',
    claim: 'Santa sees whole groups, reindeer first, and everybody goes home',
    prints: `16 Christmases, 2018 to 2033, each with 9 reindeer
elves came in groups of 3, and never while 9 reindeer waited
`,
    // The server's operator sees these; of embedded objects that is who runs the program.
    logs: Array.from({ length: 16 }, (_, at) => `${2018 + at}: ho, ho, ho!`),
  },
  {
    file: '15-shared-mandelbrot.ts',
    claim: 'rows that calls have set in a matrix are the picture',
    prints: `600 x 400 pixels in 400 rows: out/shared-mandelbrot.png
sha256 of the pixels: 9f1e813392982d29
`,
  },
  {
    file: '16-all-reduce.ts',
    claim: 'gradients that calls have added up lead where those of all data lead',
    prints: `hidden     3.000 -1.000  4.000  1.000 -5.000  9.000  2.000 -6.000
learnt     2.998 -1.002  3.997  1.000 -4.999  9.000  1.996 -6.003
from 2 parties' samples, 200 steps of 128, off by 0.0069
`,
  },
];
