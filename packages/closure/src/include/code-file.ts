/** Files that travel with code because `include` names them: what both sides know of them. */
import { createHash } from 'node:crypto';

/** A file beside the code, as it is described to whoever loads the code. */
export interface CodeFile {
  /** From the folder of the file that defines the function, with `/`; may begin with `../`. */
  readonly path: string;
  /** SHA-256 of the content, hex. */
  readonly hash: string;
  /** Bytes. */
  readonly size: number;
  /** Whether its owner may execute it at home. */
  readonly executable: boolean;
}

/** A file whose content can be had. */
export interface LoadableFile extends CodeFile {
  read(): Uint8Array | Promise<Uint8Array>;
}

/**
 * The last line of a bundle's text that comes with files. It makes their contents part of the text's hash, and so
 * of the code's name: nothing that looks for code by its hash has to know of files.
 */
export function filesLine(files: readonly CodeFile[]): string {
  return files.length === 0 ? '' : `// skein-files ${files.length} ${filesDigest(files)}\n`;
}

export function filesDigest(files: readonly CodeFile[]): string {
  const rows = files.map(({ path, hash, executable }) => [path, hash, executable]);
  return sha256(JSON.stringify(rows));
}

/** What the text says of its files: how many there are, and their digest. */
export function filesOf(text: string): { readonly count: number; readonly digest: string } | undefined {
  const line = text.slice(text.lastIndexOf('\n', text.length - 2) + 1);
  const [, count, digest] = /^\/\/ skein-files (\d+) ([0-9a-f]{64})\n$/.exec(line) ?? [];
  return digest === undefined ? undefined : { count: Number(count), digest };
}

export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
