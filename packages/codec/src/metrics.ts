/**
 * What handles count in this process. Whoever runs calls tells it with their outcomes, and need not know what it is of: a
 * package registers what it counts, an agent takes what has changed, a client adds up what agents have told.
 */
import { codecState } from './state.ts';

export interface Metrics {
  /** What only grows; those of several processes are added up. */
  readonly counters: Readonly<Record<string, number>>;
  /** What is there now; of several processes, or moments, the most is kept. */
  readonly gauges: Readonly<Record<string, number>>;
}

/** By what they are of: `<package>:<which>`, such as `cache:models`. */
export type NamedMetrics = Readonly<Record<string, Metrics>>;

export interface MetricsSource {
  readonly name: string;
  /** Asked after calls, at most once a millisecond. Numbers that are not finite are left out. */
  read(): Metrics;
}

/** The table of this process: what counts, and who wants to know. */
export interface MetricsTable {
  readonly sources: Set<MetricsSource>;
  /** Told before a source goes. */
  readonly readers: Set<(source: MetricsSource) => void>;
}

function table(): MetricsTable {
  const state = codecState();
  state.metrics ??= { sources: new Set(), readers: new Set() };
  return state.metrics;
}

/** @returns what ends it; what was counted until then is still told */
export function registerMetrics(source: MetricsSource): () => void {
  const { sources, readers } = table();
  sources.add(source);
  return () => {
    if (!sources.has(source)) return;
    for (const tell of readers) tell(source);
    sources.delete(source);
  };
}

/** Tells each time what was counted since the time before, of the sources that have counted something. */
export class MetricsReader {
  readonly #sources: ReadonlySet<MetricsSource>;
  readonly #readers: MetricsTable['readers'];
  readonly #before = new Map<MetricsSource, Metrics['counters']>();
  readonly #ended = (source: MetricsSource): void => {
    this.#look(source);
    this.#before.delete(source);
  };
  #sum = new MetricsSum();

  constructor() {
    const { sources, readers } = table();
    this.#sources = sources;
    this.#readers = readers;
    readers.add(this.#ended);
  }

  take(): NamedMetrics | undefined {
    for (const source of this.#sources) this.#look(source);
    if (this.#sum.isEmpty) return undefined;
    const taken = this.#sum.all();
    this.#sum = new MetricsSum();
    return taken;
  }

  close(): void {
    this.#readers.delete(this.#ended);
  }

  #look(source: MetricsSource): void {
    let now: Metrics;
    try {
      now = source.read();
    } catch {
      return; // a source that fails must not cost the outcome that its figures go with
    }
    const before = this.#before.get(source) ?? {};
    const grown = Object.entries(now.counters)
      .map(([name, value]) => [name, value - (before[name] ?? 0)] as const)
      .filter(([, by]) => by !== 0);
    if (grown.length === 0) return;
    this.#before.set(source, now.counters);
    this.#sum.add({ [source.name]: { counters: Object.fromEntries(grown), gauges: now.gauges } });
  }
}

/** Metrics of several processes, put together. */
export class MetricsSum {
  readonly #named = new Map<string, { counters: Map<string, number>; gauges: Map<string, number> }>();

  get isEmpty(): boolean {
    return this.#named.size === 0;
  }

  add(metrics: NamedMetrics): void {
    for (const [name, { counters, gauges }] of Object.entries(metrics)) {
      const sum = this.#named.get(name) ?? { counters: new Map(), gauges: new Map() };
      this.#named.set(name, sum);
      for (const [one, by] of finite(counters)) sum.counters.set(one, (sum.counters.get(one) ?? 0) + by);
      for (const [one, value] of finite(gauges))
        sum.gauges.set(one, Math.max(sum.gauges.get(one) ?? Number.NEGATIVE_INFINITY, value));
    }
  }

  all(): NamedMetrics {
    const entries = [...this.#named].map(([name, { counters, gauges }]) => [
      name,
      { counters: Object.fromEntries(counters), gauges: Object.fromEntries(gauges) },
    ]);
    return Object.fromEntries(entries);
  }
}

function finite(numbers: Readonly<Record<string, number>>): [string, number][] {
  return Object.entries(numbers).filter(([, value]) => Number.isFinite(value));
}
