/**
 * Points of a square that fall within its circle. The generator is a 32-bit linear congruential one because it
 * is two lines in any language and gives the same points in all: the answers can be compared exactly.
 */
export function hits(seed: number, points: number): number {
  let state = seed;
  let inside = 0;
  for (let point = 0; point < points; point++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const x = state / 4294967296;
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const y = state / 4294967296;
    if (x * x + y * y <= 1) inside++;
  }
  return inside;
}
