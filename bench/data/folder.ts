import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const AT_ONCE = 32;

/** A small file for each row. */
export async function writeFolder(path: string, rows: number): Promise<void> {
  await mkdir(path);
  let next = 0;
  const write = async (): Promise<void> => {
    for (let n = next++; n < rows; n = next++) await writeFile(join(path, `${n}.txt`), `${n}\n`);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, write));
}
