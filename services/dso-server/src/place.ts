/** A place to listen at, or to be reached at. */
export interface Place {
  /** An IPv6 address stands without its brackets. */
  readonly host: string;
  readonly port: number;
}

/** Reads `host:port`; IPv6 addresses stand in brackets. Port 0 is any that is free. */
export function parsePlace(text: unknown): Place | undefined {
  if (typeof text !== 'string') return undefined;
  const [, name, port = ''] = /^(\[[0-9a-f:.]+\]|[\w.-]+):(\d{1,5})$/i.exec(text.trim()) ?? [];
  if (name === undefined || Number(port) > 65_535) return undefined;
  return { host: name.replace(/^\[|\]$/g, ''), port: Number(port) };
}

/** As {@link parsePlace} reads it. */
export function placeText({ host, port }: Place): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether only this machine reaches it. */
export function isLoopback({ host }: Place): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** Whether it stands for all addresses of this machine, and is therefore none that others could use. */
export function isEveryAddress({ host }: Place): boolean {
  return host === '0.0.0.0' || host === '::';
}
