import type { Data } from 'apache-arrow';

/** A damaged file may tell more rows than its buffers have: they would read as undefined. */
export function checkColumn(column: Data, length: number): void {
  if (column.length !== length) throw new Error(`a column has ${column.length} values, of ${length}`);
  checkBuffers(column);
}

function checkBuffers({
  type,
  length,
  stride,
  nullCount,
  nullBitmap,
  values,
  valueOffsets,
  children,
}: Data): void {
  const needs = (what: string, has: number, least: number): void => {
    if (has < least)
      throw new Error(`the ${what} of a column (${String(type)}) are for ${has} values, of ${least}`);
  };
  if (length === 0) return;
  if (nullCount > 0 && nullBitmap) needs('nulls', nullBitmap.length * 8, length);
  if (valueOffsets) needs('offsets', valueOffsets.length, length);
  else if (values) needs('values', type.typeId === 6 ? values.length * 8 : values.length, length * stride);
  for (const child of children) checkBuffers(child);
}
