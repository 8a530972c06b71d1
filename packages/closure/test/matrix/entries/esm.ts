import { shapes as modules } from '../shapes/modules.ts';
import { portable } from '../shapes/portable.ts';
import { runHost } from './harness.ts';

await runHost([...portable, ...modules]);
