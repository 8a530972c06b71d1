import { type Finding, looks } from '../checks/machine.ts';
import { exitCodes } from '../failure.ts';
import { paint, print, printJson, visible } from '../terminal.ts';

export async function doctor(options: { json?: true }): Promise<void> {
  const findings: (Finding & { name: string })[] = [];
  for (const { name, look } of looks) {
    const finding = await look();
    findings.push({ name, ...finding });
    if (!options.json) printFinding(name, finding);
  }
  const broken = findings.filter(({ status }) => status === 'broken').length;
  const odd = findings.filter(({ status }) => status === 'look').length;
  if (options.json) printJson({ ok: broken === 0, findings });
  else print(`\n${sum(broken, odd)}`);
  if (broken > 0) process.exitCode = exitCodes.failure;
}

const marks = { fine: paint('green', '✓'), look: paint('yellow', '!'), broken: paint('red', '✗') } as const;
const width = Math.max(...looks.map(({ name }) => name.length));

function printFinding(name: string, { status, found, advice }: Finding): void {
  const [first = '', ...more] = found.split('\n').map(visible);
  print(`${marks[status]} ${paint('bold', name.padEnd(width))}  ${first}`);
  const indent = ' '.repeat(width + 4);
  for (const line of more) print(indent + line);
  if (advice !== undefined) print(`${indent}${paint('yellow', '→')} ${advice}`);
}

function sum(broken: number, odd: number): string {
  if (broken > 0) return paint('red', `${broken} to be mended`);
  const looked = odd === 0 ? '' : `, ${odd} to look at`;
  return `${paint('green', 'All is well')}${looked}. ${paint('dim', '`skein test` tries the backend and the storage.')}`;
}
