import { expect, test } from 'vitest';
import { hostConditions } from '../src/bundle/conditions.ts';

test('packages resolve under the conditions that the process was started with', () => {
  expect(hostConditions([], '')).toEqual([]);
  expect(hostConditions(['--conditions=source', '--import', 'tsx'], '')).toEqual(['source']);
  expect(hostConditions(['-C', 'a', '--conditions', 'b', '-C', 'a'], '')).toEqual(['a', 'b']);
  expect(hostConditions(['--inspect'], '--max-old-space-size=64 --conditions=source')).toEqual(['source']);
});
