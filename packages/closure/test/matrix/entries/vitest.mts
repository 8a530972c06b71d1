import { test } from 'vitest';
import { shapes as modules } from '../shapes/modules.ts';
import { portable } from '../shapes/portable.ts';
import { shapes as constructs } from '../transpiled/constructs.mts';
import { runHost } from './harness.ts';

test('all shapes', { timeout: 120_000 }, () => runHost([...portable, ...modules, ...constructs]));
