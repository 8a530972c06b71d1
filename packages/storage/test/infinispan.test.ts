/** The `infinispan` driver on a real server, by both protocols: what every driver must keep. */
import { Storage, type Storage as Store } from '@skein/storage';
import { describe } from 'vitest';
import { serverForTests } from '../../../tools/servers/for-tests.ts';
import { findInfinispan, startInfinispan } from '../../../tools/servers/infinispan.ts';
import { testConformance } from './support/conformance.ts';

const server = serverForTests(findInfinispan, (program) => startInfinispan(program));

for (const protocol of ['rest', 'hotrod'] as const) {
  describe(`conformance by ${protocol}`, () => {
    testConformance(() => open({ protocol }));
  });
}

function open(options: object = {}): Store {
  const { nodes, user: username, password } = server();
  return new Storage({ kind: 'infinispan', endpoint: nodes[0].url, username, password, ...options });
}
