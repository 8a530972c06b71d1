/** The columns of a file as those of a table. */
import type { Field, Schema } from 'apache-arrow';
import type { ColumnMetaData, FileMetaData, SchemaTree } from 'hyparquet';
import type { Arrow } from '../arrow/load.ts';
import type { Hyparquet } from './footer.ts';
import { isText, type Leaf, leafOf } from './types.ts';

/** A column, or what one consists of. */
export type Node =
  | { readonly kind: 'leaf'; readonly field: Field; readonly leaf: Leaf }
  | { readonly kind: 'list'; readonly field: Field; readonly item: Node }
  | { readonly kind: 'struct'; readonly field: Field; readonly children: readonly Node[] }
  /** `entries`: what the group is called that repeats. */
  | {
      readonly kind: 'map';
      readonly field: Field;
      readonly entries: string;
      readonly children: readonly Node[];
    };

export interface Column {
  readonly name: string;
  readonly node: Node;
  readonly tree: SchemaTree;
  /** A single value in each row, which is read without detours. */
  readonly isFlat: boolean;
  /** The text of which each row group has a dictionary: they become one, for all of the part. */
  readonly isDictionary: boolean;
}

export interface FileSchema {
  readonly columns: readonly Column[];
  readonly schema: Schema;
}

export function schemaOf(arrow: Arrow, { parquetSchema }: Hyparquet, metadata: FileMetaData): FileSchema {
  const columns = parquetSchema(metadata).children.map((tree, at): Column => {
    const { name, repetition_type: repetition } = tree.element;
    const isFlat = tree.children.length === 0 && repetition !== 'REPEATED';
    const isDictionary = isFlat && isText(tree.element) && alwaysDictionary(metadata, name);
    const node = nodeOf(arrow, tree);
    if (!isDictionary) return { name, node, tree, isFlat, isDictionary };
    const type = new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32(), at);
    return {
      name,
      node: { ...node, field: new arrow.Field(name, type, node.field.nullable) },
      tree,
      isFlat,
      isDictionary,
    };
  });
  return { columns, schema: new arrow.Schema(columns.map(({ node }) => node.field)) };
}

/** Told by the footer, so that the tables of all parts are of one type. */
function alwaysDictionary({ row_groups: groups }: FileMetaData, name: string): boolean {
  const chunks = groups.map(
    ({ columns }) => columns.find(({ meta_data: chunk }) => chunk?.path_in_schema[0] === name)?.meta_data,
  );
  return chunks.length > 0 && chunks.every((chunk) => chunk !== undefined && isDictionary(chunk));
}

function isDictionary({ encodings, encoding_stats: pages }: ColumnMetaData): boolean {
  const data = pages?.filter(({ page_type: type }) => type === 'DATA_PAGE' || type === 'DATA_PAGE_V2');
  const used = data === undefined || data.length === 0 ? encodings : data.map(({ encoding }) => encoding);
  // Without statistics of pages, PLAIN may be the dictionary's own.
  return data === undefined || data.length === 0
    ? used.some((encoding) => encoding.endsWith('_DICTIONARY'))
    : used.every((encoding) => encoding.endsWith('_DICTIONARY'));
}

function nodeOf(arrow: Arrow, tree: SchemaTree): Node {
  const { element } = tree;
  if (element.repetition_type !== 'REPEATED') return singleOf(arrow, tree);
  return listOf(arrow, element.name, false, singleOf(arrow, tree));
}

function singleOf(arrow: Arrow, tree: SchemaTree): Node {
  const { element, children } = tree;
  const { name, converted_type: converted } = element;
  const nullable = element.repetition_type === 'OPTIONAL';
  const [child] = children;
  if (child === undefined) {
    const leaf = leafOf(arrow, element);
    return { kind: 'leaf', field: new arrow.Field(name, leaf.type, nullable), leaf };
  }
  const repeats = children.length === 1 && child.element.repetition_type === 'REPEATED';
  if (converted === 'LIST' && repeats && child.children.length <= 1) {
    const [item = child] = child.children;
    return listOf(arrow, name, nullable, item === child ? singleOf(arrow, item) : nodeOf(arrow, item));
  }
  if ((converted === 'MAP' || converted === 'MAP_KEY_VALUE') && repeats && child.children.length === 2) {
    const entries = structOf(arrow, child, false);
    const type = new arrow.Map_(entries.field as never);
    return {
      kind: 'map',
      field: new arrow.Field(name, type, nullable),
      entries: child.element.name,
      children: entries.children,
    };
  }
  return structOf(arrow, tree, nullable);
}

function structOf(
  arrow: Arrow,
  { element, children: trees }: SchemaTree,
  nullable: boolean,
): Extract<Node, { kind: 'struct' }> {
  const children = trees.map((tree) => nodeOf(arrow, tree));
  const type = new arrow.Struct(children.map(({ field }) => field));
  return { kind: 'struct', field: new arrow.Field(element.name, type, nullable), children };
}

function listOf(arrow: Arrow, name: string, nullable: boolean, item: Node): Node {
  return { kind: 'list', field: new arrow.Field(name, new arrow.List(item.field), nullable), item };
}
