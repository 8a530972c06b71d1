import type { Runtime } from 'node:inspector';
import { post, readRemote, realValue, remoteId } from './session.ts';

/** Where V8 keeps the code of a function: the position of its parameter list, or of `class`. */
export interface FunctionLocation {
  readonly scriptId: string;
  /** From zero. */
  readonly line: number;
  /** From zero. */
  readonly column: number;
}

/** What only the engine knows about a function. */
export interface FunctionFacts {
  /** Absent for functions that are not written in JavaScript. */
  readonly location: FunctionLocation | undefined;
  /**
   * The variables that the function can see, innermost scope first, without the global scope. Snapshots: writing
   * to them changes nothing, and a later reading needs another call.
   */
  readonly scopes: readonly Readonly<Record<string, unknown>>[];
  readonly bound: BoundParts | undefined;
}

/** What `bind` was given. */
export interface BoundParts {
  readonly target: Function;
  readonly self: unknown;
  readonly args: readonly unknown[];
}

/** Reads location, scopes and bound parts of a function. About 0.1 ms. */
export function inspectFunction(fn: Function): FunctionFacts {
  const { internalProperties = [] } = post<Runtime.GetPropertiesReturnType>('Runtime.getProperties', {
    objectId: remoteId(fn),
    ownProperties: true,
  });
  const internal = new Map<string, Runtime.RemoteObject>();
  for (const { name, value } of internalProperties) if (value !== undefined) internal.set(name, value);

  const target = internal.get('[[TargetFunction]]');
  if (target?.objectId !== undefined) {
    const args = realValue(internal.get('[[BoundArgs]]')!.objectId!) as unknown[];
    return {
      location: undefined,
      scopes: [],
      bound: {
        target: realValue(target.objectId) as Function,
        self: readRemote(internal.get('[[BoundThis]]')!),
        args: Array.from(args),
      },
    };
  }
  const place = internal.get('[[FunctionLocation]]')?.value as
    | { scriptId: string; lineNumber: number; columnNumber: number }
    | undefined;
  const scopesId = internal.get('[[Scopes]]')?.objectId;
  return {
    location: place && { scriptId: place.scriptId, line: place.lineNumber, column: place.columnNumber },
    scopes: scopesId === undefined ? [] : readScopes(scopesId),
    bound: undefined,
  };
}

function readScopes(objectId: string): Readonly<Record<string, unknown>>[] {
  const list = realValue(objectId) as ArrayLike<{ object: Record<string, unknown> }>;
  const scopes: Record<string, unknown>[] = [];
  for (let i = 0; i < list.length - 1; i++) scopes.push(list[i]!.object); // the last one is the global scope
  return scopes;
}

/** One `#private` member of an object, as the engine lists them: a base class's before its subclass's. */
export interface PrivateMember {
  readonly name: string;
  readonly value: unknown;
}

/** The `#private` fields and methods of an object (accessors have no value and are left out). */
export function privateMembers(object: object): PrivateMember[] {
  const { privateProperties = [] } = post<
    Runtime.GetPropertiesReturnType & { privateProperties?: { name: string; value?: Runtime.RemoteObject }[] }
  >('Runtime.getProperties', { objectId: remoteId(object), ownProperties: true });
  const members: PrivateMember[] = [];
  for (const { name, value } of privateProperties) {
    if (value !== undefined) members.push({ name, value: readRemote(value) });
  }
  return members;
}
