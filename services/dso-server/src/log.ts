/** What the program says: lines of JSON for collectors of logs, of plain text for a terminal. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

export type Fields = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export interface Log {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
}

/** @param write gets whole lines. @param plain for people */
export function makeLog(level: LogLevel, write: (line: string) => void, plain: boolean): Log {
  const least = LOG_LEVELS.indexOf(level);
  const at =
    (own: LogLevel) =>
    (message: string, fields: Fields = {}): void => {
      if (LOG_LEVELS.indexOf(own) < least) return;
      const time = new Date().toISOString();
      write(
        plain
          ? `${time.slice(11, 23)} ${own.padEnd(5)} ${message}${plainFields(fields)}`
          : JSON.stringify({ time, level: own, message, ...fields }),
      );
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function plainFields(fields: Fields): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `  ${name} ${Array.isArray(value) ? value.join(' ') : String(value)}`)
    .join('');
}
