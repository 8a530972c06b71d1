/** Calls an object and is then done: nothing is closed. */
import { existsSync } from 'node:fs';
import { encode } from '@skein/codec';
import { shipCode } from '../../../src/user/ship.ts';
import { UserHost } from '../../../src/user/user-host.ts';

class Counter {
  #count = 0;
  folder = '';
  add(): string {
    this.#count++;
    this.folder = (new Error().stack ?? '').match(/\/[^\s:]*skein-dso-[\w-]+/)?.[0] ?? '';
    return `${this.#count} ${this.folder}`;
  }
}

const shipping = shipCode(Counter); // at once, by require
const host = new UserHost({ threads: 1 });
const { ref, code } = await shipping;
host.addCode(code);
const args = encode([]).toBytes();
const made = await host.run({ kind: 'construct', object: 'c', code: ref, args });
if (made.kind !== 'done') throw new Error(made.kind);
const called = await host.run({
  kind: 'invoke',
  object: 'c',
  code: ref,
  state: made.state!,
  method: 'add',
  args,
});
if (called.kind !== 'done') throw new Error(called.kind);
const [count, folder] = String(called.results[0]).split(' ');
console.log(JSON.stringify({ count, folder, existed: existsSync(folder!) }));
