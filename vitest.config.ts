import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

// Tests run the sources: the `source` condition of every package's exports map, so that no build step
// stands between an edit and a test.
const conditions = ['source'];

/** Tests of shared objects keep both cores busy, on purpose; those of an executor's times come before them, not beside. */
class BusyLast extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isBusy = ({ moduleId }: TestSpecification): boolean =>
      /\/(?:dso|dso-server|examples|bench)\//.test(moduleId);
    const sorted = await super.sort(files);
    return [...sorted.filter((file) => !isBusy(file)), ...sorted.filter(isBusy)];
  }
}

export default defineConfig({
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
    testTimeout: 30_000,
    pool: 'forks',
    sequence: { sequencer: BusyLast },
    // Tests wait for processes of their own most of the time.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
});
