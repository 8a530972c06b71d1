/** A function runs in other processes, with the variables it closes over and the modules it imports. */
import { createHash } from 'node:crypto';
import { FunctionExecutor } from '@skein/executor';

const salt = 'skein';
const rounds = 20_000;

function fingerprint(name: string): string {
  let digest = name;
  for (let round = 0; round < rounds; round++) {
    digest = createHash('sha256').update(salt).update(digest).digest('hex');
  }
  return digest.slice(0, 12);
}

const names = ['ada', 'barbara', 'edsger', 'frances', 'grace', 'hedy', 'katherine', 'radia'];

await using executor = new FunctionExecutor();
const fingerprints = await executor.map(fingerprint, names);

for (const [index, name] of names.entries()) console.log(name.padEnd(10), fingerprints[index]);
