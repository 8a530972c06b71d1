/**
 * Entries of one cache that only one of many changes at a time. Values are short, and no two writers write the same: so who finds its
 * own value knows that it has written it, though the answer was lost and it was written twice.
 *
 * What is asked with its version goes by a connection of its own, one question at a time: a short answer alone on its way comes in one
 * piece, and where it does not, nobody else is given what follows (H7).
 */
import { CacheError } from '../../errors.ts';
import { InTurn } from '../in-turn.ts';
import type { HotRodConnection } from './connection.ts';
import type { Lifespan } from './session.ts';

export interface Connections {
  readonly plain: HotRodConnection;
  readonly versioned: HotRodConnection;
}

export class HotRodCells {
  readonly #plain: HotRodConnection;
  readonly #versioned: HotRodConnection;
  readonly #asking = new InTurn();

  constructor({ plain, versioned }: Connections) {
    this.#plain = plain;
    this.#versioned = versioned;
  }

  get(name: string): Promise<string | undefined> {
    return this.#plain.run((client) => client.get(name));
  }

  /** @returns false where there is one already */
  async make(name: string, value: string, life?: Lifespan): Promise<boolean> {
    const isMade = await this.#plain.run((client) => client.putIfAbsent(name, value, life));
    return isMade || (await this.get(name)) === value;
  }

  /** @returns false where it is not `from` any more */
  async swap(name: string, from: string, to: string, life?: Lifespan): Promise<boolean> {
    const version = await this.#versionOf(name, from);
    if (version !== undefined) {
      const isSwapped = await this.#plain.run((client) => client.replaceWithVersion(name, to, version, life));
      if (isSwapped) return true;
    }
    return (await this.get(name)) === to;
  }

  /** Unless it is another one by now. */
  async remove(name: string, value: string): Promise<void> {
    const version = await this.#versionOf(name, value);
    if (version !== undefined) await this.#plain.run((client) => client.removeWithVersion(name, version));
  }

  #versionOf(name: string, expected: string): Promise<Buffer | undefined> {
    return this.#asking.run(() =>
      this.#versioned.run(async (client) => {
        const found = await client.getWithMetadata(name);
        if (found !== undefined && found.value === undefined)
          throw new CacheError('unreachable', 'infinispan (Hot Rod): an answer came in pieces');
        return found?.value === expected ? found.version : undefined;
      }),
    );
  }
}
