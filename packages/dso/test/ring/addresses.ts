/** Made-up lists of members, the same at every run. */

/** Marsaglia's xorshift32: independent of the ring's own hash, so that neither hides the other's faults. */
function randomFrom(seed: number): (below: number) => number {
  let state = Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** Lists as people have them: a subnet, hosts all over, pods by name, ports of one host. */
const kinds: readonly ((random: (below: number) => number) => (at: number) => string)[] = [
  (random) => {
    const net = `10.${random(256)}.${random(256)}`;
    return (at) => `${net}.${at + 1}:7420`;
  },
  (random) => () => `${random(256)}.${random(256)}.${random(256)}.${random(256)}:${1024 + random(60_000)}`,
  (random) => {
    const release = random(1_000_000).toString(36);
    return (at) => `dso-${release}-${at}.dso.svc.cluster.local:7420`;
  },
  (random) => {
    const first = 1024 + random(60_000);
    return (at) => `localhost:${first + at}`;
  },
];

/** `count` distinct addresses of the `seed`-th list, in a random order: that in which its nodes join. */
export function addresses(count: number, seed: number): string[] {
  const random = randomFrom(seed);
  for (let skip = 0; skip < 8; skip++) random(2);
  const address = kinds[seed % kinds.length]!(random);
  const made = new Set<string>();
  for (let at = 0; made.size < count; at++) made.add(address(at));
  const list = [...made];
  for (let last = count - 1; last > 0; last--) {
    const other = random(last + 1);
    [list[last], list[other]] = [list[other]!, list[last]!];
  }
  return list;
}
