import { shapes as constructs } from '../transpiled/constructs.mts';
import { shapes as decorators } from '../transpiled/decorators.mts';
import { runHost } from './harness.ts';

await runHost([...constructs, ...decorators]);
