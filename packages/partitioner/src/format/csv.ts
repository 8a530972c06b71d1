import type { Table } from 'apache-arrow';
import { BlockCounter } from '../csv/block-counter.ts';
import { cellsOf } from '../csv/cells.ts';
import { Columns } from '../csv/columns.ts';
import { Counter } from '../csv/counter.ts';
import { type Dialect, dialectOf } from '../csv/dialect.ts';
import { dataStartIn, headOf } from '../csv/head.ts';
import { ownRecords, type Part } from '../csv/own-records.ts';
import { planStates } from '../csv/planned.ts';
import { Splitter } from '../csv/splitter.ts';
import { Tracker } from '../csv/walker.ts';
import type { ReadOptions } from '../options.ts';
import { Pool } from '../pool.ts';
import type { ByteSource } from '../source/byte-source.ts';
import { tableOfRows } from '../to-arrow.ts';
import { evenCuts } from './cuts.ts';
import type { Cell, Cut, DataRecord, Format } from './format.ts';
import { Reader } from './reader.ts';

export type CsvReadOptions = Pick<ReadOptions, 'csv' | 'columns' | 'types'>;

const blockCounters = new Pool(() => new BlockCounter());

/** Records of cells (RFC 4180, and its dialects). */
export const format: Format<CsvReadOptions> = formatOf('csv', ',');

/** The same, with tabs between cells. */
export const tsv: Format<CsvReadOptions> = formatOf('tsv', '\t');

function formatOf(name: string, delimiter: string): Format<CsvReadOptions> {
  return {
    name,
    async cut(source, target, options, signal) {
      const { quotes, automaton } = dialectOf(options, delimiter);
      const cuts = evenCuts(source, target);
      return quotes === 'scan' && automaton.multiline && cuts.length > 1
        ? planStates(source, cuts, automaton, signal)
        : cuts;
    },
    open: (source, cut, options) => new CsvReader(name, source, cut, dialectOf(options, delimiter)),
  };
}

/** The header is no record: only lines() and stream(), which give what is written, have it. */
class CsvReader extends Reader<Dialect> {
  protected readonly format: string;
  protected readonly has = 'rows() or records()';

  constructor(format: string, source: ByteSource, cut: Cut, dialect: Dialect) {
    super(source, cut, dialect);
    this.format = format;
  }

  override stream(signal?: AbortSignal): AsyncIterable<Uint8Array> {
    return ownRecords(this.#part(0), new Tracker(this.options.automaton), signal);
  }

  /** Records as they are written, which may have newlines within quotes. */
  override lines(signal?: AbortSignal): AsyncIterable<readonly string[]> {
    return this.#texts(0, signal);
  }

  override async *rows(signal?: AbortSignal): AsyncGenerator<readonly (readonly Cell[])[], void, undefined> {
    const columns = await this.#columns(signal);
    let before = 0;
    for await (const texts of this.#texts(await this.#dataStart(signal), signal)) {
      const rows = await cellsOf(texts, this.options, this.source.name);
      yield rows.map((cells, at) => columns.row(cells, before + at));
      before += rows.length;
    }
  }

  override async *records(signal?: AbortSignal): AsyncGenerator<readonly DataRecord[], void, undefined> {
    const recordOf = (await this.#columns(signal)).recorder();
    for await (const rows of this.rows(signal)) yield rows.map(recordOf);
  }

  /** Without cells: only the ends of records are looked for. */
  override async count(signal?: AbortSignal): Promise<number> {
    const part = this.#part(await this.#dataStart(signal));
    return blockCounters.use(async (blocks) => {
      const counter = new Counter(this.options.automaton, blocks);
      for await (const _piece of ownRecords(part, counter, signal, blocks.window));
      return counter.count;
    });
  }

  override async arrow(signal?: AbortSignal): Promise<Table> {
    const { wanted } = await this.#columns(signal);
    return tableOfRows(wanted, this.rows(signal), this.source.name);
  }

  override async columns(signal?: AbortSignal): Promise<readonly string[]> {
    return (await this.#columns(signal)).names;
  }

  async #dataStart(signal: AbortSignal | undefined): Promise<number> {
    if (this.options.header !== true) return 0;
    return dataStartIn(this.source, await headOf(this.source, this.options, signal), signal);
  }

  async #columns(signal: AbortSignal | undefined): Promise<Columns> {
    const head = await headOf(this.source, this.options, signal);
    return new Columns(head, this.options, this.source.name, (index) => this.placeOf('record', index));
  }

  async *#texts(
    dataStart: number,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<readonly string[], void, undefined> {
    const splitter = new Splitter(this.options.automaton);
    for await (const _piece of ownRecords(this.#part(dataStart), splitter, signal)) {
      const texts = splitter.take();
      if (texts.length > 0) yield texts;
    }
    splitter.finish();
    const last = splitter.take();
    if (last.length > 0) yield last;
  }

  #part(dataStart: number): Part {
    return { source: this.source, cut: this.cut, dialect: this.options, dataStart };
  }
}
