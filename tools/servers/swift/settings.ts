/** What the four processes of a Swift read: a file each, and one of the cluster. */
import { randomBytes } from 'node:crypto';
import { userInfo } from 'node:os';

/** Each keeps its part of the whole: the proxy speaks with clients, and with the others. */
export const roles = ['account', 'container', 'object', 'proxy'] as const;
export type Role = (typeof roles)[number];

export interface SwiftSettings {
  /** Of the settings and the rings; objects are in its `disks`. */
  readonly folder: string;
  readonly ports: Readonly<Record<Role, number>>;
  /** Such as `test:tester`. */
  readonly user: string;
  readonly key: string;
}

/** @returns the files' texts by their names */
export function settingsOf(settings: SwiftSettings): ReadonlyMap<string, string> {
  const files = roles.map(
    (role) => [`${role}.conf`, role === 'proxy' ? proxy(settings) : keeper(role, settings)] as const,
  );
  return new Map([...files, ['swift.conf', cluster()]]);
}

function cluster(): string {
  return ini({
    'swift-hash': { swift_hash_path_suffix: randomBytes(8).toString('hex') },
    'storage-policy:0': { name: 'one', default: 'yes' },
  });
}

function keeper(role: Role, settings: SwiftSettings): string {
  return ini({
    DEFAULT: {
      ...common(role, settings),
      devices: `${settings.folder}/disks`,
      // A folder is as good, and to reserve space for each object is to write twice.
      mount_check: 'false',
      disable_fallocate: 'true',
    },
    'pipeline:main': { pipeline: `healthcheck ${role}-server` },
    'filter:healthcheck': { use: 'egg:swift#healthcheck' },
    [`app:${role}-server`]: { use: `egg:swift#${role}` },
  });
}

/** Parts in the order in which requests go through them, as Swift's sample has it. */
const parts = [
  'catch_errors',
  'gatekeeper',
  'healthcheck',
  'listing_formats',
  'bulk',
  'tempurl',
  'tempauth',
  'copy',
  'slo',
  'dlo',
  'versioned_writes',
  'symlink',
];

function proxy(settings: SwiftSettings): string {
  const [account = '', name = ''] = settings.user.split(':');
  const tempauth = {
    [`user_${account}_${name}`]: `${settings.key} .admin`,
    // Tokens that carry what they allow, sealed: with others it needs memcached.
    fernet_key_own: randomBytes(32).toString('base64url').concat('='),
    active_fernet_key_id: 'own',
  };
  const options: Readonly<Record<string, object>> = {
    tempauth,
    versioned_writes: { allow_versioned_writes: 'true' },
  };
  return ini({
    DEFAULT: common('proxy', settings),
    'pipeline:main': { pipeline: [...parts, 'proxy-server'].join(' ') },
    ...Object.fromEntries(
      parts.map((part) => [`filter:${part}`, { use: `egg:swift#${part}`, ...options[part] }]),
    ),
    'app:proxy-server': { use: 'egg:swift#proxy', account_autocreate: 'true' },
  });
}

function common(role: Role, { folder, ports }: SwiftSettings): Readonly<Record<string, string>> {
  return {
    swift_dir: folder,
    bind_ip: '127.0.0.1',
    bind_port: String(ports[role]),
    // One process, which does all itself: no children to lose.
    workers: '0',
    user: userInfo().username,
    log_level: 'WARNING',
  };
}

function ini(sections: Readonly<Record<string, object>>): string {
  return Object.entries(sections)
    .map(([name, values]) => {
      const lines = Object.entries(values).map(([key, value]) => `${key} = ${value}`);
      return `[${name}]\n${lines.join('\n')}\n`;
    })
    .join('\n');
}
