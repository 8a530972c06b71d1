import { type BigIntStats, constants, type Dirent, type Stats } from 'node:fs';

/** What a path can lead to in a bucket. */
export type Kind = 'file' | 'directory';

/** The questions that `Stats` and `Dirent` answer alike. */
class OfKind {
  // Not enumerable: programs compare and print stats.
  readonly #kind: Kind;

  constructor(kind: Kind) {
    this.#kind = kind;
  }

  isFile(): boolean {
    return this.#kind === 'file';
  }

  isDirectory(): boolean {
    return this.#kind === 'directory';
  }

  isSymbolicLink(): boolean {
    return false;
  }

  isBlockDevice(): boolean {
    return false;
  }

  isCharacterDevice(): boolean {
    return false;
  }

  isFIFO(): boolean {
    return false;
  }

  isSocket(): boolean {
    return false;
  }
}

/** A name in a directory. */
export class ObjectDirent<Name extends string | Buffer = string> extends OfKind implements Dirent<Name> {
  name: Name;
  parentPath: string;

  constructor(name: Name, parentPath: string, kind: Kind) {
    super(kind);
    this.name = name;
    this.parentPath = parentPath;
  }

  /** Node's older name of `parentPath`. */
  get path(): string {
    return this.parentPath;
  }
}

/** What is known of a file or directory. */
export interface Facts {
  readonly kind: Kind;
  readonly size: number;
  readonly modified: Date;
}

/** What a store does not know is 0, the inode too; all four times are that of the last write, and owners are this process's. */
class ObjectStats<T extends number | bigint> extends OfKind {
  dev: T;
  ino: T;
  mode: T;
  nlink: T;
  uid: T;
  gid: T;
  rdev: T;
  size: T;
  blksize: T;
  blocks: T;
  atimeMs: T;
  mtimeMs: T;
  ctimeMs: T;
  birthtimeMs: T;
  atime: Date;
  mtime: Date;
  ctime: Date;
  birthtime: Date;

  constructor({ kind, size, modified }: Facts, unit: (value: number) => T) {
    super(kind);
    const time = unit(modified.getTime());
    this.dev = unit(0);
    this.ino = unit(0);
    this.mode = unit(kind === 'file' ? constants.S_IFREG | 0o644 : constants.S_IFDIR | 0o755);
    this.nlink = unit(1);
    this.uid = unit(process.getuid?.() ?? 0);
    this.gid = unit(process.getgid?.() ?? 0);
    this.rdev = unit(0);
    this.size = unit(size);
    this.blksize = unit(4096);
    this.blocks = unit(Math.ceil(size / 512));
    this.atimeMs = this.mtimeMs = this.ctimeMs = this.birthtimeMs = time;
    this.atime = new Date(modified);
    this.mtime = new Date(modified);
    this.ctime = new Date(modified);
    this.birthtime = new Date(modified);
  }
}

class BigObjectStats extends ObjectStats<bigint> implements BigIntStats {
  atimeNs: bigint;
  mtimeNs: bigint;
  ctimeNs: bigint;
  birthtimeNs: bigint;

  constructor(facts: Facts) {
    super(facts, BigInt);
    this.atimeNs = this.mtimeNs = this.ctimeNs = this.birthtimeNs = this.mtimeMs * 1_000_000n;
  }
}

/** As `stat` gives it. */
export function statsOf(
  facts: Facts,
  options: { readonly bigint?: boolean | undefined } = {},
): Stats | BigIntStats {
  return options.bigint ? new BigObjectStats(facts) : new ObjectStats<number>(facts, (value) => value);
}
