/** Two files away from the shapes: imported by `helper.ts` and by `import()`. */
export const deep = (n: number): number => n + 1000;
