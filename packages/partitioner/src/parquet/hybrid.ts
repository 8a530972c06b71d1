/**
 * Levels and indices, in runs of one value or packed bit by bit.
 * https://parquet.apache.org/docs/file-format/data-pages/encodings/#RLE
 */

/**
 * Decodes `count` integers of `width` bits from the bytes of `[start, end)`.
 *
 * @returns the largest of them
 */
export function decodeHybrid(
  bytes: Uint8Array,
  start: number,
  end: number,
  width: number,
  into: Int32Array,
  count: number,
): number {
  if (width > 32) throw new Error(`integers of ${width} bits`);
  let at = start;
  let largest = 0;
  for (let done = 0; done < count; ) {
    let header = 0;
    let shift = 0;
    let byte: number;
    do {
      if (at >= end) throw new Error(`a page has ${done} levels or indices, of ${count}`);
      byte = bytes[at++]!;
      header |= (byte & 127) << shift;
      shift += 7;
    } while (byte >= 128);
    if ((header & 1) === 0) {
      const run = Math.min(header >>> 1, count - done);
      let value = 0;
      for (let bit = 0; bit < width; bit += 8) value |= (bytes[at++] ?? 0) << bit;
      for (let to = done; to < done + run; to++) into[to] = value; // most runs are short: fill() would take longer
      largest = Math.max(largest, value >>> 0);
      done += run;
    } else {
      const packed = (header >>> 1) * 8;
      const run = Math.min(packed, count - done);
      largest = Math.max(largest, unpack(bytes, at, width, into, done, run));
      at += (packed / 8) * width;
      done += run;
    }
  }
  return largest;
}

/** Whether these are `count` times the value 1, as levels are where nothing is null: seen at their first run. */
export function isAllOnes(bytes: Uint8Array, start: number, end: number, count: number): boolean {
  let at = start;
  let header = 0;
  let shift = 0;
  let byte = 128;
  while (byte >= 128 && at < end) {
    byte = bytes[at++]!;
    header |= (byte & 127) << shift;
    shift += 7;
  }
  return (header & 1) === 0 && header >>> 1 >= count && bytes[at] === 1;
}

/** The bits of four bytes from where a value begins, of which up to 25 are sure to be its own. */
function unpack(
  bytes: Uint8Array,
  start: number,
  width: number,
  into: Int32Array,
  from: number,
  count: number,
): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole =
    width > 25
      ? 0
      : Math.max(0, Math.min(count, Math.floor(((bytes.length - start - 4) * 8) / (width || 1))));
  const mask = (1 << width) - 1;
  let largest = 0;
  for (let value = 0, bit = 0; value < whole; value++, bit += width) {
    const decoded = (view.getUint32(start + (bit >>> 3), true) >>> (bit & 7)) & mask;
    into[from + value] = decoded;
    if (decoded > largest) largest = decoded;
  }
  for (let value = whole; value < count; value++) {
    const decoded = bitsAt(bytes, start * 8 + value * width, width);
    into[from + value] = decoded;
    if (decoded > largest) largest = decoded;
  }
  return largest;
}

/** One of any width, bit by bit: where the bytes end, or where it is wide. */
function bitsAt(bytes: Uint8Array, begin: number, width: number): number {
  let value = 0;
  for (let bit = 0; bit < width; bit++) {
    const at = begin + bit;
    if (((bytes[Math.floor(at / 8)] ?? 0) >> (at % 8)) & 1) value += 2 ** bit;
  }
  return value;
}
