/** Skein's shared objects while servers come and go: each round has a cluster of its own. */
import { pauses } from './objects/pauses.ts';
import { serve } from './serve.ts';

await serve({ pauses }, async () => {});
