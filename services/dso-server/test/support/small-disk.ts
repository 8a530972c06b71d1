import { execFileSync } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { folder } from './folder.ts';

/** A file system of few bytes, until the test ends. `undefined`: it takes being root. */
export function smallDisk(bytes: number): string | undefined {
  const path = folder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', path], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  onTestFinished(() => void execFileSync('umount', ['-l', path]));
  return path;
}
