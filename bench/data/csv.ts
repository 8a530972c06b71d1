/**
 * CSV of one block of rows over and over: quick to make, and long enough that no boundary meets the same place twice. Quotes
 * come now and then, some around a comma, a quote or a newline: whoever counts newlines counts too many rows.
 */

export const BLOCK_ROWS = 5_000;

const HEADER = Buffer.from('id,city,amount,date,note\n');
const CITIES = ['Tarragona', 'Łódź', 'São Paulo', 'Reykjavík', 'Oslo', 'Dakar', 'Hanoi', 'Lima'];
const block: Buffer = Buffer.from(Array.from({ length: BLOCK_ROWS }, (_, n) => row(n)).join(''));

/** What is in a file of that many rows. Lines are counted as `wc` does: they end in a newline, and the header is one. */
export function csvOf(rows: number): { readonly bytes: number; readonly lines: number } {
  const blocks = rows / BLOCK_ROWS;
  const newlines = block.reduce((count, byte) => count + Number(byte === 0x0a), 0);
  return { bytes: HEADER.length + blocks * block.length, lines: 1 + blocks * newlines };
}

/** Rows whose file is nearest to that size. */
export function rowsIn(bytes: number): number {
  return Math.max(1, Math.round(bytes / block.length)) * BLOCK_ROWS;
}

export function* csvPieces(rows: number): Generator<Uint8Array> {
  yield HEADER;
  for (let left = rows; left > 0; left -= BLOCK_ROWS) yield block;
}

function row(n: number): string {
  const amount = ((n * 7_919) % 100_000) / 100;
  return `${1_000_000 + n},${CITIES[n % CITIES.length]},${amount.toFixed(2)},2026-01-${10 + (n % 20)},${note(n)}\n`;
}

function note(n: number): string {
  if (n % 40 === 39) return `"two lines,\nof number ${n}"`;
  if (n % 20 === 19) return `"he said ""${n}"", and left"`;
  return n % 10 === 9 ? `"quoted, ${n}"` : `a plain note of some words ${n}`;
}
