import type { Runtime } from 'node:inspector';
import { remembered } from '../remembered.ts';
import { pauseOnCall } from './pause.ts';
import { post, remoteId } from './session.ts';

const answers = new WeakMap<Function, WeakMap<Function, Map<string, boolean>>>();

/**
 * Whether two functions see the same variable `name`, not only one of the same value: V8 shows copies of scopes, so
 * a mark is put into the variable as the first function sees it, looked for as the second does, and taken out
 * again, all before any other code can run. The answer cannot change, so it is found once. About 10 ms.
 *
 * Functions that cannot be stopped at their beginning (generators, classes) are taken to have variables of their own.
 */
export function sharesVariable(first: Function, second: Function, name: string): boolean {
  const others = remembered(answers, first, () => new WeakMap());
  const names = remembered(others, second, () => new Map());
  const answer = remembered(names, name, () => ask(first, second, name));
  return answer;
}

function ask(first: Function, second: Function, name: string): boolean {
  const mark = 'skein: is this the same variable?';
  const objectId = remoteId(second);
  let isShared = false;
  pauseOnCall(first, name, (value, write) => {
    write(mark);
    try {
      isShared = variableNow(objectId, name) === mark;
    } finally {
      write(value);
    }
  });
  return isShared;
}

/** A variable as a function sees it, read without running any code, as is needed while the process is stopped. */
function variableNow(functionId: string, name: string): unknown {
  const scopes = properties(functionId, true).find((property) => property.name === '[[Scopes]]');
  if (scopes?.value?.objectId === undefined) return undefined;
  for (const entry of properties(scopes.value.objectId)) {
    if (entry.value?.objectId === undefined || !/^\d+$/.test(entry.name)) continue;
    const variable = properties(entry.value.objectId).find((property) => property.name === name);
    if (variable !== undefined) return variable.value?.value;
  }
  return undefined;
}

function properties(
  objectId: string,
  internal = false,
): readonly { readonly name: string; readonly value?: Runtime.RemoteObject | undefined }[] {
  const { result, internalProperties = [] } = post<Runtime.GetPropertiesReturnType>('Runtime.getProperties', {
    objectId,
    ownProperties: true,
  });
  return internal ? internalProperties : result;
}
