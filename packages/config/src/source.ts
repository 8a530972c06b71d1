/** Where a value was said. Earlier kinds win over later ones. */
export type SourceKind = 'option' | 'variable' | 'inline' | 'file' | 'user-file';

/** One source of configuration. */
export interface Source {
  readonly kind: SourceKind;
  /** For people: 'the options', 'the variable SKEIN_WORKERS', or the path of a file. */
  readonly label: string;
}

export const OPTIONS: Source = { kind: 'option', label: 'the options' };

export function variable(name: string): Source {
  return { kind: 'variable', label: `the variable ${name}` };
}
