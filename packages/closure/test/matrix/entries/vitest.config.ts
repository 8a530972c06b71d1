import { defineConfig } from 'vitest/config';

// Not the workspace's configuration: a user's, as plain as can be.
export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: { include: ['entries/vitest.mts'], server: { deps: { external: [/\.cache\/matrix\//] } } },
});
