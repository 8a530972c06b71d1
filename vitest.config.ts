import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

// Tests run the sources: the `source` condition of every package's exports map, so that no build step
// stands between an edit and a test.
const conditions = ['source'];

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
    // Tests wait for processes of their own most of the time.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
});
