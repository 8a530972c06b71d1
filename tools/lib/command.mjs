import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The repo's root, with a slash at its end. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

export class CommandError extends Error {
  /**
   * @param {string} command
   * @param {string} how
   * @param {string} output
   */
  constructor(command, how, output) {
    super(`${command} ${how}${output === '' ? '' : `\n${output}`}`);
    this.name = 'CommandError';
  }
}

/**
 * Runs a program to its end. Quiet: its output is the answer, and is shown only inside the error when it fails.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<{ stdout: string, stderr: string }>}
 */
export function run(program, args, options = {}) {
  return new Promise((done, fail) => {
    const child = spawn(program, args, {
      cwd: options.cwd ?? root,
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    child.once('error', fail);
    child.once('close', (code, signal) => {
      if (code === 0) done({ stdout, stderr });
      else {
        const how = signal === null ? `ended with code ${code}` : `was ended by ${signal}`;
        fail(new CommandError([program, ...args].join(' '), how, `${stdout}${stderr}`.trimEnd()));
      }
    });
  });
}

/**
 * Runs a program that speaks to the person at the terminal itself.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @returns {Promise<number>} its exit code
 */
export function show(program, args) {
  return new Promise((done, fail) => {
    const child = spawn(program, args, { cwd: root, stdio: 'inherit' });
    child.once('error', fail);
    child.once('close', (code) => done(code ?? 1));
  });
}
