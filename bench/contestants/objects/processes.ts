import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Address } from './objects.ts';
import type { Done, Share } from './work.ts';

const program = new URL('../workers/objects.ts', import.meta.url);

/** Processes that use shared objects, each with a connection of its own. They stay for all rounds. */
export class Processes {
  readonly #address: Address;
  readonly #processes: Promise<ChildProcess>[] = [];

  constructor(address: Address) {
    this.#address = address;
  }

  /** Each does its share, at the same time as the others: when all are there. */
  async share(shares: readonly Share[]): Promise<Done[]> {
    while (this.#processes.length < shares.length) this.#processes.push(start(this.#address));
    const processes = await Promise.all(this.#processes);
    return Promise.all(shares.map((share, n) => ask(processes[n]!, share)));
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#processes.map(async (starting) => {
        const process = await starting;
        const exit = once(process, 'exit');
        process.disconnect();
        await exit;
      }),
    );
  }
}

async function start(address: Address): Promise<ChildProcess> {
  const process = fork(program, [JSON.stringify(address)]);
  await once(process, 'message');
  return process;
}

function ask(process: ChildProcess, share: Share): Promise<Done> {
  return new Promise((resolve, reject) => {
    const left = (code: number | null): void =>
      reject(new Error(`a process of shared objects left with ${code}`));
    process.once('exit', left);
    process.once('message', (done: Done) => {
      process.off('exit', left);
      resolve(done);
    });
    process.send(share);
  });
}
