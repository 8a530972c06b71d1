/** A log as text, however its bytes were cut and whatever they are. */

/** Bytes that follow one another, or how many were left out. */
export type LogPart = Uint8Array | number;

export function logText(parts: readonly LogPart[]): string {
  const runs: Uint8Array[][] = [[]];
  const gaps: number[] = [];
  for (const part of parts) {
    const run = runs[runs.length - 1]!;
    if (typeof part !== 'number') run.push(part);
    else if (part > 0 && run.length === 0 && gaps.length > 0) gaps[gaps.length - 1]! += part;
    else if (part > 0) {
      gaps.push(part);
      runs.push([]);
    }
  }
  return runs.map((run, i) => runText(run, i > 0, gaps[i])).join('');
}

function runText(run: readonly Uint8Array[], afterGap: boolean, gap: number | undefined): string {
  let bytes = Buffer.concat(run);
  // A gap begins and ends anywhere, within a character too.
  if (afterGap) bytes = bytes.subarray(firstCharacter(bytes));
  if (gap === undefined) return bytes.toString('utf8');
  const text = bytes.subarray(0, wholeCharacters(bytes)).toString('utf8');
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}[… ${gap} bytes left out …]\n`;
}

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

/** Where the first character begins, of UTF-8 that may begin within one. */
function firstCharacter(bytes: Uint8Array): number {
  let at = 0;
  while (at < 3 && isContinuation(bytes[at])) at++;
  return at;
}

/** Where the last whole character ends, of UTF-8 that may end within one. */
export function wholeCharacters(bytes: Uint8Array): number {
  const end = bytes.byteLength;
  for (let back = 1; back <= Math.min(3, end); back++) {
    const byte = bytes[end - back]!;
    if (isContinuation(byte)) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? end - back : end;
  }
  return end;
}
