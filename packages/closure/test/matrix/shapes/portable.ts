import type { Shape } from '../harness/shape.ts';
import { shapes as classes } from './classes.ts';
import { shapes as errors } from './errors.ts';
import { shapes as functions } from './functions.ts';
import { shapes as imports } from './imports.ts';
import { shapes as lexicalThis } from './lexical-this.ts';
import { shapes as refused } from './refused.ts';
import { shapes as scopes } from './scopes.ts';
import { shapes as values } from './values.ts';

/** The shapes that every host can run, CommonJS included. */
export const portable: readonly Shape[] = [
  ...functions,
  ...scopes,
  ...lexicalThis,
  ...classes,
  ...values,
  ...imports,
  ...errors,
  ...refused,
];
