import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Whether programs that tests start are what is built. */
    readonly built: boolean;
    /** How Node runs a program of a test, in TypeScript, wherever it lies. */
    readonly nodeFlags: readonly string[];
  }
}

// Tests run the sources: the `source` condition of every package's exports map, so that no build step
// stands between an edit and a test.
const conditions = ['source'];

const typescript = new URL('tools/typescript/register.mjs', import.meta.url).href;

/** What takes longest comes first in its group: started late, it would run alone in the end, on one core. */
const longest =
  /\/(?:(?:bench|examples)\/test|closure\/test\/matrix)\/|\/executor\/test\/(?:liveness|logs|combinations|nested-failures)\.|\/cli\/test\/storage\.|\/storage\/test\/(?:conformance|infinispan|infinispan-failures|azure|swift)\.|\/cloudobject\/test\/calls\.|\/tools\/test\/servers\/(?:infinispan|server)\./;

/** What needs a server that CI compiles while it does other things. */
const compiled =
  /\/storage\/test\/(?:s3|gcs|gcs-uploads|minio)\.|\/network-storage\.|\/tools\/test\/servers\/(?:every|install)\.|\/cloudobject\/test\/servers\./;

/** Tests of shared objects and of Python's module keep both cores busy, on purpose; those of an executor's times come before them, not beside. */
class BusyLast extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isBusy = ({ moduleId }: TestSpecification): boolean =>
      /\/(?:dso|dso-server|multiprocessing|examples|bench)\//.test(moduleId);
    const isLong = ({ moduleId }: TestSpecification): boolean => longest.test(moduleId);
    const isLate = ({ moduleId }: TestSpecification): boolean => compiled.test(moduleId);
    const others = await super.sort(files);
    const rank = (file: TestSpecification): number =>
      isBusy(file) ? (isLong(file) ? 2 : 3) : isLate(file) ? 4 : isLong(file) ? 0 : 1;
    return others.sort((a, b) => rank(a) - rank(b)); // stable: as they come within a group
  }
}

// Processes that tests start are on the sources too, unless in the mode `built`: `npm test` has just built, and what
// is built starts in a third of the time, as hundreds of programs of the tests do.
export default defineConfig(({ mode }) => ({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: [
      'packages/*/test/**/*.test.ts',
      'services/*/test/**/*.test.ts',
      'examples/test/**/*.test.ts',
      'tools/test/**/*.test.ts',
      'bench/test/**/*.test.ts',
    ],
    // Generous: they start programs, and a machine may be busy. What hangs is found all the same.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    provide: {
      built: mode === 'built',
      nodeFlags: [...(mode === 'built' ? [] : ['--conditions=source']), '--import', typescript],
    },
    pool: 'forks',
    sequence: { sequencer: BusyLast },
    // Tests wait for processes of their own most of the time.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
}));
