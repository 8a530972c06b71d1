/** What becomes of what functions print, as a client tells it to its agents. */
import type { LogLevel } from '../options.ts';

export const OUT = 1;
export const ERR = 2;
/** By its file descriptor. */
export type OutputStream = typeof OUT | typeof ERR;

/** `direct`: to the descriptor that the agent has inherited; `relay`: through the client, which writes for all. */
export type Route = 'direct' | 'relay';

export interface OutputTerms {
  readonly mode: 'plain' | 'prefix' | 'keep';
  readonly stdout: Route;
  readonly stderr: Route;
  /** Of `ctx.log`, and of what the agent itself has to say. */
  readonly logLevel: LogLevel;
}
