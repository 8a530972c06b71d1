/** When what is logged is on the disk, and with that what the crash of a machine can lose: docs/durability.md. */
export type FsyncPolicy =
  /** Before its answers leave: nothing. */
  | { readonly kind: 'always' }
  /** At most so much later, milliseconds: what was answered in that time. */
  | { readonly kind: 'interval'; readonly ms: number }
  /** When the system sees fit: what was answered in the last half minute or so. */
  | { readonly kind: 'never' };

/** Reads `always`, `never`, `interval:<ms>`. */
export function parseFsync(text: unknown): FsyncPolicy | undefined {
  if (text === 'always' || text === 'never') return { kind: text };
  const [, ms] = /^interval:(\d{1,7})$/.exec(typeof text === 'string' ? text : '') ?? [];
  return ms === undefined || Number(ms) === 0 ? undefined : { kind: 'interval', ms: Number(ms) };
}

/** As {@link parseFsync} reads it. */
export function fsyncText(policy: FsyncPolicy): string {
  return policy.kind === 'interval' ? `interval:${policy.ms}` : policy.kind;
}
