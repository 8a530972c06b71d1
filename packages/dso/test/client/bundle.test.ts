/** What a function takes along that uses shared objects: the client, and nothing that is optional. */
import { bundle, capture } from '@skein/closure';
import { connect } from '@skein/dso';
import { expect, test } from 'vitest';

test('gRPC and the capturing of code are looked up where the function runs, not bundled with it', async () => {
  const { code } = capture(async () => (await connect()).counter('visits').increment());
  const { code: text, externals } = await bundle(code);
  expect(externals.map(({ name }) => name)).toEqual([]);
  expect(text).toContain('skein.dso.v1.Dso/Stream');
  // Names that these packages' own code is full of.
  expect(text).not.toMatch(/Http2SubchannelConnector|eslint-scope/);
});
