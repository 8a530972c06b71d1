/** A decimal as an integer: Arrow has it in words of 32 bits, the lowest first, as two's complement. */
export function decimalInteger(words: Uint32Array): bigint {
  let value = 0n;
  for (let at = words.length - 1; at >= 0; at--) value = (value << 32n) | BigInt(words[at] ?? 0);
  return BigInt.asIntN(words.length * 32, value);
}

/** '-12.30', of an integer and how many digits stand behind the point. */
export function decimalText(words: Uint32Array, scale: number): string {
  const value = decimalInteger(words);
  if (scale <= 0) return String(value * 10n ** BigInt(-scale));
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** An integer to the words of a decimal. */
export function putDecimal(words: Uint32Array, at: number, width: number, value: bigint): void {
  let rest = BigInt.asUintN(width * 32, value);
  for (let word = 0; word < width; word++) {
    words[at * width + word] = Number(rest & 0xffffffffn);
    rest >>= 32n;
  }
}

/** Text or a number as the integer of a decimal with this scale; undefined if it is none, or has digits behind that. */
export function parseDecimal(value: string | number, scale: number): bigint | undefined {
  const [, sign, whole, part = ''] = /^([+-]?)(\d+)(?:\.(\d*))?$/.exec(String(value)) ?? [];
  if (whole === undefined || (part.length > scale && /[1-9]/.test(part.slice(scale)))) return undefined;
  const digits = BigInt(whole + part.slice(0, scale).padEnd(scale, '0'));
  return sign === '-' ? -digits : digits;
}
