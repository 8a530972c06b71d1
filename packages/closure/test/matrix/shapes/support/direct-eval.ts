// In a file of its own: a direct eval keeps every variable of its file alive in V8's scopes, which would
// hide mistakes of the other shapes.
// biome-ignore lint/security/noGlobalEval: the shape that must be refused
export const evaluates = [(x: number): number => [x, eval('x + 1') as number][1] as number][0] as (
  x: number,
) => number;
