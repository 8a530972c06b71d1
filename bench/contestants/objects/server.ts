import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { ServerOptions } from '@skein/dso-server';

const program = new URL('../workers/dso-server.ts', import.meta.url);

/** A server of Skein's shared objects, in a process of its own. */
export class ObjectServer {
  readonly #process: ChildProcess;
  readonly #exit: Promise<unknown>;
  #isEnding = false;
  /** Rejects when it ends without having been asked to. */
  readonly #died: Promise<never>;

  private constructor(process: ChildProcess) {
    this.#process = process;
    this.#exit = once(process, 'exit');
    this.#died = new Promise((_resolve, reject) => {
      process.once('exit', (code, signal) => {
        if (!this.#isEnding) reject(new Error(`a server of shared objects left with ${code ?? signal}`));
      });
    });
    this.#died.catch(() => {}); // Whoever waits for it is told.
  }

  /** Its process, with all code loaded. */
  static async load(): Promise<ObjectServer> {
    const server = new ObjectServer(fork(program));
    await server.#message();
    return server;
  }

  /** When it is ready: its addresses. */
  async start(options: ServerOptions): Promise<readonly string[]> {
    return (await this.#ask(options)) as readonly string[];
  }

  /** Processor time that it has used, milliseconds. */
  async processorMs(): Promise<number> {
    return (await this.#ask('processor time')) as number;
  }

  async #ask(message: ServerOptions | string): Promise<unknown> {
    this.#process.send(message);
    return this.#message();
  }

  async #message(): Promise<unknown> {
    const [message] = (await Promise.race([once(this.#process, 'message'), this.#died])) as [unknown];
    return message;
  }

  /** In peace by SIGTERM, as a crash by SIGKILL: when it has gone. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.#isEnding = true;
    this.#process.kill(signal);
    await this.#exit;
  }

  /** With all that it holds: when it has gone. */
  async close(): Promise<void> {
    this.#isEnding = true;
    if (this.#process.connected) this.#process.disconnect();
    await this.#exit;
  }
}
