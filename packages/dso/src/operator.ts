/**
 * For operators and their tools, such as `skein dso`: what the members of a cluster hold and do, and that one is to leave.
 * Every member is asked itself, and one that does not answer is told of rather than waited for.
 */
import type { Link } from './client/link.ts';
import type { MemberShare } from './cluster/report.ts';
import type { Dso } from './dso.ts';
import { DsoError, TimeoutError } from './errors.ts';
import type { NodeStats } from './server/admin.ts';
import { addCensuses, type Census, type Rank } from './server/census.ts';
import type { Value } from './value/value.ts';

export type { MemberShare } from './cluster/report.ts';
export { configuredUrl } from './connect.ts';
export type { DurabilityStats } from './durable/durability.ts';
export type { NodeStats } from './server/admin.ts';
export type { Census, ObjectInfo, Rank, TypeCount } from './server/census.ts';

export interface OperatorOptions {
  /** How long a member may take to answer, milliseconds. @default 5000 */
  readonly timeoutMs?: number;
}

/** What one member has answered, or why it has not. */
export interface Answered<T> {
  readonly member: string;
  readonly answer: T | undefined;
  readonly unreachable: string | undefined;
}

export interface CensusOptions {
  /** Only objects whose key begins so. @default all */
  readonly prefix?: string;
  /** Objects that are listed, at most 10,000. @default 10 */
  readonly limit?: number;
  /** Which are listed: the largest, or those at which the most operations wait. @default 'bytes' */
  readonly by?: Rank;
}

export class Operator {
  readonly #dso: Dso;
  readonly #timeoutMs: number;

  /** @param dso what `connect()` gave, for any member; it stays the caller's to close */
  constructor(dso: Dso, { timeoutMs = 5000 }: OperatorOptions = {}) {
    this.#dso = dso;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * The members and what each holds, as the first that answers sees it.
   * @throws {DsoError} when none answers
   */
  async members(): Promise<readonly MemberShare[]> {
    const failures: unknown[] = [];
    for (const link of await this.#dso.cluster.everyLink()) {
      try {
        return JSON.parse(String(await this.#ask(link, 'shares'))) as MemberShare[];
      } catch (error) {
        failures.push(error);
      }
    }
    throw failures.length === 1 ? failures[0] : new AggregateError(failures, 'no member answers');
  }

  /** What each member holds and has done. */
  stats(): Promise<readonly Answered<NodeStats>[]> {
    return this.#askAll('stats');
  }

  /** The objects of all members that answer. */
  async census({
    prefix = '',
    limit = 10,
    by = 'bytes',
  }: CensusOptions = {}): Promise<Census & { readonly unreachable: readonly Answered<Census>[] }> {
    const all = await this.#askAll<Census>('census', prefix, limit, by);
    const answers = all.flatMap(({ answer }) => answer ?? []);
    return {
      ...addCensuses(answers, limit, by),
      unreachable: all.filter(({ answer }) => answer === undefined),
    };
  }

  /**
   * Has a member hand over all that it holds, while it goes on answering for what it still has: {@link members} tell how far
   * it is. It stays a member, with nothing, until it is ended. `false`: it is to stay after all, and gets its share again.
   *
   * @throws {DsoError} 'bad-argument' for one that is no member, or has nobody to whom its objects could go
   */
  async drain(member: string, isDraining = true): Promise<void> {
    const links = await this.#dso.cluster.everyLink();
    const { members } = this.#dso.cluster;
    const link = members.includes(member) ? links[members.indexOf(member)] : undefined;
    if (link === undefined)
      throw new DsoError('bad-argument', `${member} is no member; the members are ${members.join(', ')}`);
    await this.#ask(link, 'drain', isDraining);
  }

  async #askAll<T>(name: string, ...args: readonly Value[]): Promise<Answered<T>[]> {
    const links = await this.#dso.cluster.everyLink();
    return Promise.all(
      links.map(async (link) => {
        try {
          const answer = JSON.parse(String(await this.#ask(link, name, ...args))) as T;
          return { member: link.address, answer, unreachable: undefined };
        } catch (error) {
          const unreachable = error instanceof Error ? error.message : String(error);
          return { member: link.address, answer: undefined, unreachable };
        }
      }),
    );
  }

  async #ask(link: Link, name: string, ...args: readonly Value[]): Promise<Value> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(
        () => reject(new TimeoutError(`${link.address} has not answered for ${this.#timeoutMs} ms`)),
        this.#timeoutMs,
      );
    });
    try {
      return await Promise.race([link.administer(name, args), late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
