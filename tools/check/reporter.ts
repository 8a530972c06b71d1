/**
 * What vitest has to say of all tests, for the end of the output: who reads a long log sees that first. Its own report as JSON
 * says nothing of hooks that failed, nor of errors outside of all tests.
 */
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { Reporter, SerializedError, TestModule, Vitest } from 'vitest/node';

export interface Report {
  readonly passed: number;
  readonly skipped: number;
  /** Each one's seconds, the longest first: `.cache/tests.json` is where to look for what takes the time. */
  readonly files: readonly (readonly [path: string, seconds: number])[];
  /** What failed, and why, in a few lines each: tests, files that do not load, hooks, rejections that nobody handled. */
  readonly failures: readonly string[];
}

/** Of one failure, characters: what is left out is above it in the log. */
const MOST = 400;

/** The variable that says where to write. */
export const REPORT_FILE = 'SKEIN_TEST_REPORT';

export default class EndReporter implements Reporter {
  #root = '';

  onInit({ config }: Vitest): void {
    this.#root = config.root;
  }

  onTestRunEnd(files: readonly TestModule[], late: readonly SerializedError[]): void {
    let passed = 0;
    let skipped = 0;
    const failures: string[] = [];
    const seconds: [string, number][] = [];
    for (const file of files) {
      const path = relative(this.#root, file.moduleId);
      seconds.push([path, Math.round(file.diagnostic().duration / 100) / 10]);
      for (const test of file.children.allTests()) {
        const { state, errors } = test.result();
        if (state === 'passed') passed++;
        else if (state === 'failed') failures.push(said(`${path} > ${test.fullName}`, errors));
        else skipped++;
      }
      for (const part of [file, ...file.children.allSuites()]) {
        const errors = part.errors();
        if (errors.length === 0) continue;
        failures.push(said(part.type === 'suite' ? `${path} > ${part.fullName}` : path, errors));
      }
    }
    if (late.length > 0) failures.push(said('outside of all tests', late));
    const report: Report = { passed, skipped, files: seconds.sort((a, b) => b[1] - a[1]), failures };
    writeFileSync(process.env[REPORT_FILE]!, JSON.stringify(report));
  }
}

function said(
  what: string,
  errors: readonly { readonly message: string; readonly stack?: string }[],
): string {
  const lines = errors
    .flatMap(({ message, stack = message }) =>
      (stack.includes(message) ? stack : `${message}\n${stack}`).split('\n'),
    )
    .map((line) => stripVTControlCharacters(line))
    .filter((line) => line.trim() !== '' && !/^\s+at .*(?:node_modules|node:|<anonymous>)/.test(line));
  return `${what}\n    ${lines.join('\n    ').slice(0, MOST)}`;
}
