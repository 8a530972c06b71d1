/** What means something else than itself in a pattern. */
const SPECIAL = /[*?[{]|[!+@]\(/;

export function isGlob(text: string): boolean {
  return SPECIAL.test(text);
}

/** The folder, with its slash, down to which nothing of a pattern is one. */
export function literalFolder(pattern: string): string {
  return pattern.slice(0, pattern.slice(0, pattern.search(SPECIAL)).lastIndexOf('/') + 1);
}
