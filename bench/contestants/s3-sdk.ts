/** AWS' SDK for S3 in one process: what a driver's requests cost without a driver. */

import { inProcess } from './buckets/many.ts';
import { sdkStore } from './buckets/sdk.ts';
import { bucketSkills } from './buckets/skills.ts';
import { serve } from './serve.ts';

const { skills, close } = bucketSkills(({ atOnce = 1 }) => {
  const store = sdkStore(atOnce);
  return { store, many: inProcess(store, atOnce) };
});

await serve(skills, close);
