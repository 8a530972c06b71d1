/** Which configuration files there are, also those that another one hides. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const names = ['skein.config.ts', 'skein.config.mjs', 'skein.config.json', 'skein.config.yaml'] as const;

export interface ConfigFile {
  readonly path: string;
  /** `wins`: its values come first; `also`: what the others leave out; `hidden`: it is not read. */
  readonly standing: 'wins' | 'also' | 'hidden';
}

/** In the order in which they win. */
export function configFiles(): ConfigFile[] {
  const { SKEIN_CONFIG: said = '', XDG_CONFIG_HOME: configHome } = process.env;
  const inline = said.trimStart().startsWith('{');
  const found: ConfigFile[] = [];
  if (said !== '' && !inline) found.push({ path: resolve(said), standing: 'wins' });
  let hidden = said !== '';
  for (const folder of upwards(process.cwd())) {
    const here = names.map((name) => join(folder, name)).filter((path) => existsSync(path));
    found.push(...here.map((path): ConfigFile => ({ path, standing: hidden ? 'hidden' : 'wins' })));
    hidden ||= here.length > 0;
  }
  const user = join(configHome || join(homedir(), '.config'), 'skein', 'config.yaml');
  if (existsSync(user)) found.push({ path: user, standing: hidden ? 'also' : 'wins' });
  return found;
}

function upwards(from: string): string[] {
  const above = dirname(from);
  return above === from ? [from] : [from, ...upwards(above)];
}
