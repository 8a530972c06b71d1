import { constants } from 'node:fs';
import { wrongValue } from '../errors.ts';

/** What a file is opened for. */
export interface Access {
  readonly read: boolean;
  readonly write: boolean;
  readonly append: boolean;
  readonly create: boolean;
  /** Only if there is none. */
  readonly exclusive: boolean;
  /** Begin without the content that is there. */
  readonly truncate: boolean;
}

const NOTHING: Access = {
  read: false,
  write: false,
  append: false,
  create: false,
  exclusive: false,
  truncate: false,
};

const FLAGS = /^(?:r|rs|sr|w|wx|xw|a|ax|xa|as|sa)\+?$/;

/** Node's flags: 'r', 'wx+', 'as' and the like ('s' asks for what every write here is), or O_ constants joined by `|`. */
export function parseFlags(flags: unknown = 'r'): Access {
  if (typeof flags === 'number') return ofBits(flags);
  if (typeof flags !== 'string' || !FLAGS.test(flags)) throw wrongValue('flags', 'is invalid', flags);
  const both = flags.includes('+');
  if (flags.includes('r')) return { ...NOTHING, read: true, write: both };
  const append = flags.includes('a');
  return { read: both, write: true, append, create: true, exclusive: flags.includes('x'), truncate: !append };
}

function ofBits(bits: number): Access {
  const mode = bits & (constants.O_RDONLY | constants.O_WRONLY | constants.O_RDWR);
  return {
    read: mode !== constants.O_WRONLY,
    write: mode !== constants.O_RDONLY,
    append: (bits & constants.O_APPEND) !== 0,
    create: (bits & constants.O_CREAT) !== 0,
    exclusive: (bits & constants.O_EXCL) !== 0,
    truncate: (bits & constants.O_TRUNC) !== 0,
  };
}
