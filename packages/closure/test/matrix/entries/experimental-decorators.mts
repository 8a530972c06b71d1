import { shapes } from '../transpiled/legacy/decorators.mts';
import { runHost } from './harness.ts';

await runHost(shapes);
