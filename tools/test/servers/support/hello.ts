import { answers } from '../../../servers/answers.ts';
import { freePort } from '../../../servers/free-port.ts';
import { type Command, type Plan, type Server, startServer } from '../../../servers/server.ts';

/** The smallest of servers: says hello at a port, after running some code of its own. */
export function helloAt(port: number, { first = '' }: { readonly first?: string } = {}): Command {
  const serve = `require('node:http').createServer((_, answer) => answer.end('hello')).listen(${port}, '127.0.0.1')`;
  return { command: process.execPath, args: ['-e', `${first};${serve}`], env: process.env };
}

export interface Hello {
  readonly url: string;
}

/** @param change what is different about it */
export function startHello(
  change: Partial<Plan<Hello>> = {},
  options: { readonly first?: string } = {},
): Promise<Hello & Server> {
  return startServer('hello', async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    return { facts: { url }, commands: [helloAt(port, options)], ready: () => answers(url), ...change };
  });
}
