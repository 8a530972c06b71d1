/** What a contestant has a share of. */
export interface Lease {
  /** Tells the contestant's process where it is. */
  readonly env: Readonly<Record<string, string>>;
  /** The last one takes it away. */
  release(): Promise<void>;
}

/** What is made for a benchmark's first contestant, shared by all, and taken away after the last. */
export interface Made {
  readonly env: Readonly<Record<string, string>>;
  remove(): Promise<unknown>;
}

/** The leases of things of one kind, by their names. */
export class Shared {
  readonly #users = new Map<string, { readonly made: Promise<Made>; count: number }>();

  /** @throws what `make` throws; the next who asks has it made anew */
  async lease(name: string, make: () => Promise<Made>): Promise<Lease> {
    const users = this.#users.get(name) ?? { made: make(), count: 0 };
    this.#users.set(name, users);
    let made: Made;
    try {
      made = await users.made;
    } catch (error) {
      if (this.#users.get(name) === users) this.#users.delete(name);
      throw error;
    }
    users.count++;
    return {
      env: made.env,
      release: async () => {
        if (--users.count > 0) return;
        this.#users.delete(name);
        await made.remove();
      },
    };
  }
}
