import path from 'node:path';

/** Paths are relative to the root script's folder; inside packages, where the package lies does not matter. */
export function canonical(file: string): string {
  const inPackage = file.lastIndexOf('node_modules/');
  const cut = inPackage < 0 ? file : file.slice(inPackage + 'node_modules/'.length);
  return path.posix.normalize(cut);
}
