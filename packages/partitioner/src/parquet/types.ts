/** Which type of Arrow a column of Parquet has, and how its memory is made of what is stored. */
import type { DataType, TimeUnit } from 'apache-arrow';
import type { SchemaElement } from 'hyparquet';
import { putDecimal } from '../arrow/decimal.ts';
import type { Arrow } from '../arrow/load.ts';

/** Values as they are stored, one behind another: of a fixed length, or each up to the offset behind it. */
export interface Stored {
  readonly bytes: Uint8Array;
  readonly offsets?: Int32Array;
}

/** A column of single values. */
export interface Leaf {
  readonly type: DataType;
  /** Bytes of a value as it is stored; 0 where each has its own length. Booleans take a byte each. */
  readonly width: number;
  /** The values as Arrow has them. */
  values(stored: Stored): ArrayBufferView;
}

/** Of Arrow: precision of decimals up to which 128 bits hold them. */
const DIGITS_OF_128_BITS = 38;
/** The Julian day of 1 January 1970, which the old timestamps of 96 bits count from. */
export const EPOCH_DAY = 2440588n;
export const NANOS_A_DAY = 86_400_000_000_000n;

export function leafOf(arrow: Arrow, element: SchemaElement): Leaf {
  const { type, converted_type: converted, logical_type: logical, type_length: length = 0 } = element;
  const kind = logical?.type;
  if (converted === 'DECIMAL' || kind === 'DECIMAL') return decimalLeaf(arrow, element);
  switch (type) {
    case 'BOOLEAN':
      return { type: new arrow.Bool(), width: 1, values: ({ bytes }) => packed(bytes) };
    case 'INT32':
      return int32Leaf(arrow, element);
    case 'INT64':
      return { type: int64Type(arrow, element), width: 8, values: asStored };
    case 'INT96':
      return { type: new arrow.TimestampNanosecond(), width: 12, values: ({ bytes }) => nanosOf96(bytes) };
    case 'FLOAT':
      return { type: new arrow.Float32(), width: 4, values: asStored };
    case 'DOUBLE':
      return { type: new arrow.Float64(), width: 8, values: asStored };
    case 'FIXED_LEN_BYTE_ARRAY': {
      const half = kind === 'FLOAT16' && length === 2;
      return {
        type: half ? new arrow.Float16() : new arrow.FixedSizeBinary(length),
        width: length,
        values: asStored,
      };
    }
    default: {
      const text = isText(element);
      return { type: text ? new arrow.Utf8() : new arrow.Binary(), width: 0, values: asStored };
    }
  }
}

export function isText({ type, converted_type: converted, logical_type: logical }: SchemaElement): boolean {
  if (type !== 'BYTE_ARRAY') return false;
  const kinds = ['UTF8', 'ENUM', 'JSON', 'STRING'];
  return kinds.includes(converted ?? '') || kinds.includes(logical?.type ?? '');
}

function asStored({ bytes }: Stored): Uint8Array {
  return bytes;
}

function packed(bytes: Uint8Array): Uint8Array {
  const bits = new Uint8Array(Math.ceil(bytes.length / 8));
  for (let at = 0; at < bytes.length; at++) bits[at >> 3]! |= bytes[at]! << (at & 7);
  return bits;
}

function int32Leaf(arrow: Arrow, { converted_type: converted, logical_type: logical }: SchemaElement): Leaf {
  const width = 4;
  if (converted === 'DATE' || logical?.type === 'DATE')
    return { type: new arrow.DateDay(), width, values: asStored };
  if (converted === 'TIME_MILLIS' || logical?.type === 'TIME')
    return { type: new arrow.TimeMillisecond(), width, values: asStored };
  const bits =
    logical?.type === 'INTEGER' ? logical.bitWidth : Number(/^U?INT_(\d+)$/.exec(converted ?? '')?.[1] ?? 32);
  const signed = logical?.type === 'INTEGER' ? logical.isSigned : !converted?.startsWith('UINT');
  switch (bits) {
    case 8:
      return signed
        ? { type: new arrow.Int8(), width, values: (stored) => Int8Array.from(int32s(stored)) }
        : { type: new arrow.Uint8(), width, values: (stored) => Uint8Array.from(int32s(stored)) };
    case 16:
      return signed
        ? { type: new arrow.Int16(), width, values: (stored) => Int16Array.from(int32s(stored)) }
        : { type: new arrow.Uint16(), width, values: (stored) => Uint16Array.from(int32s(stored)) };
    default:
      return { type: signed ? new arrow.Int32() : new arrow.Uint32(), width, values: asStored };
  }
}

function int64Type(
  arrow: Arrow,
  { converted_type: converted, logical_type: logical }: SchemaElement,
): DataType {
  if (logical?.type === 'TIMESTAMP')
    return new arrow.Timestamp(unitOf(logical.unit), logical.isAdjustedToUTC ? 'UTC' : null);
  if (converted === 'TIMESTAMP_MILLIS') return new arrow.TimestampMillisecond('UTC');
  if (converted === 'TIMESTAMP_MICROS') return new arrow.TimestampMicrosecond('UTC');
  if (logical?.type === 'TIME' && logical.unit === 'NANOS') return new arrow.TimeNanosecond();
  if (converted === 'TIME_MICROS' || logical?.type === 'TIME') return new arrow.TimeMicrosecond();
  const unsigned = converted === 'UINT_64' || (logical?.type === 'INTEGER' && !logical.isSigned);
  return unsigned ? new arrow.Uint64() : new arrow.Int64();
}

/** As `TimeUnit` of `apache-arrow` counts them. */
function unitOf(unit: 'MILLIS' | 'MICROS' | 'NANOS'): TimeUnit {
  return { MILLIS: 1, MICROS: 2, NANOS: 3 }[unit];
}

function decimalLeaf(arrow: Arrow, { type, type_length: length = 0, ...element }: SchemaElement): Leaf {
  const { logical_type: logical } = element;
  const { scale = 0, precision = DIGITS_OF_128_BITS } = logical?.type === 'DECIMAL' ? logical : element;
  const bits = precision > DIGITS_OF_128_BITS ? 256 : 128;
  const decimal = new arrow.Decimal(scale, precision, bits);
  const width = type === 'INT32' ? 4 : type === 'INT64' ? 8 : type === 'FIXED_LEN_BYTE_ARRAY' ? length : 0;
  const words = bits / 32;
  return {
    type: decimal,
    width,
    values: ({ bytes, offsets }) => {
      const count = offsets === undefined ? bytes.length / width : offsets.length - 1;
      const integers =
        type === 'INT32'
          ? new Int32Array(bytes.buffer, bytes.byteOffset, count)
          : type === 'INT64'
            ? new BigInt64Array(bytes.buffer, bytes.byteOffset, count)
            : undefined;
      const values = new Uint32Array(count * words);
      for (let at = 0; at < count; at++) {
        const start = offsets?.[at] ?? at * width;
        const integer =
          integers?.[at] ?? bigEndian(bytes.subarray(start, offsets?.[at + 1] ?? start + width));
        putDecimal(values, at, words, BigInt(integer));
      }
      return values;
    },
  };
}

/** Two's complement, the highest byte first. */
function bigEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return BigInt.asIntN(bytes.length * 8, value);
}

function nanosOf96(bytes: Uint8Array): BigInt64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const nanos = new BigInt64Array(bytes.length / 12);
  for (let at = 0; at < nanos.length; at++) {
    const day = BigInt(view.getUint32(at * 12 + 8, true));
    nanos[at] = (day - EPOCH_DAY) * NANOS_A_DAY + view.getBigUint64(at * 12, true);
  }
  return nanos;
}

function int32s({ bytes }: Stored): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}
