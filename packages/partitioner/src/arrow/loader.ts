/** Loads some of the columns of a message: the buffers of the others are not even there. */
import type { Data, DataType, Field, Message, Vector } from 'apache-arrow';
import type { VectorLoader } from 'apache-arrow/visitor/vectorloader';
import { loadPackage } from '../optional-package.ts';
import { loadArrow } from './load.ts';

type Module = typeof import('apache-arrow/visitor/vectorloader');

/** What the metadata of a batch, or of a dictionary's values, says of it. */
export interface Header {
  readonly length: number;
  readonly nodes: ConstructorParameters<typeof VectorLoader>[1];
  readonly buffers: ConstructorParameters<typeof VectorLoader>[2];
  readonly compression: { readonly type: number } | null;
  readonly variadicBufferCounts: number[];
}

/** A buffer within the body of a message. */
export interface Region {
  readonly offset: number;
  readonly length: number;
}

export function headerOf(message: Message): Header {
  const header = message.header() as unknown as Header | { readonly data: Header };
  return 'data' in header ? header.data : header;
}

export interface Loading {
  readonly header: Header;
  readonly version: ConstructorParameters<typeof VectorLoader>[4];
  readonly dictionaries: Map<number, Vector>;
}

/** Columns by their fields, of those that `wants` names; `take` gives the bytes of a buffer. */
export type Load = (
  loading: Loading,
  fields: readonly (Field | DataType)[],
  wants: (at: number) => boolean,
  take: (region: Region) => Uint8Array,
) => readonly Data[];

const NOTHING = new Uint8Array(0);

export async function loadLoader(): Promise<Load> {
  await loadArrow(); // says better what is missing
  const { VectorLoader } = await loadPackage<Module>(
    'apache-arrow/visitor/vectorloader',
    'Arrow tables are read by',
  );

  class ColumnLoader extends VectorLoader {
    take: (region: Region) => Uint8Array = () => NOTHING;

    protected override readData<T extends DataType>(
      _type: T,
      region: Region = this.nextBufferRange(),
    ): Uint8Array {
      return region.length === 0 ? NOTHING : this.take(region);
    }
  }

  return ({ header, version, dictionaries }, fields, wants, take) => {
    const loader = new ColumnLoader(
      NOTHING,
      header.nodes,
      header.buffers,
      dictionaries,
      version,
      header.variadicBufferCounts,
    );
    const columns: Data[] = [];
    for (const [at, field] of fields.entries()) {
      const wanted = wants(at);
      loader.take = wanted ? take : () => NOTHING;
      const column = loader.visit(field as DataType) as Data;
      if (wanted) columns.push(column);
    }
    return columns;
  };
}
