import type { Shape } from '../harness/shape.ts';
import { portable } from '../shapes/portable.ts';
import { runHost } from './harness.ts';

// `require`, and no top-level await: this file runs as CommonJS only.
const { shapes } = require('../shapes/commonjs.cts') as { shapes: readonly Shape[] };
void runHost([...portable, ...shapes]);
