import { CaptureError, crumbs, type FunctionEncoder, type FunctionNode, type Path } from '@skein/codec';
import { hasPrivates, type LoadedFunctions } from './loaded-functions.ts';
import { getPrivates } from './privates.ts';

/**
 * Encodes what the same loaded code decodes again, here or where it is loaded later: the state of an object between
 * its calls. `#private` members travel, because they are set in the very classes that they were read from. Functions
 * and classes have to be the code's own: those that came with the arguments of a call are gone at the next.
 */
export class StateEncoder implements FunctionEncoder {
  readonly #functions: LoadedFunctions;
  /** What is named how, looked up once: a state names few classes, in every call. */
  readonly #known = new WeakMap<object, { readonly token: unknown }>();
  /** Of classes without `#private` members: prototypes. */
  readonly #open = new WeakSet<object>();

  constructor(functions: LoadedFunctions) {
    this.#functions = functions;
  }

  reference(value: object): unknown {
    const known = this.#known.get(value);
    if (known !== undefined) return known.token;
    const token = this.#functions.reference(value);
    if (token === undefined) return undefined; // most objects: they are not remembered
    const own = { token: this.#means(token, value) ? token : undefined };
    this.#known.set(value, own);
    return own.token;
  }

  encode(fn: Function, path: Path): FunctionNode {
    // Node's own functions are named wherever they are.
    if (this.#functions.reference(fn) === undefined) {
      try {
        return this.#functions.encode(fn, path);
      } catch (error) {
        if (!(error instanceof CaptureError)) throw error;
      }
    }
    const kind = Function.prototype.toString.call(fn).startsWith('class') ? 'class' : 'function';
    throw new CaptureError(
      crumbs(path),
      `the ${kind} ${fn.name || '(anonymous)'}, which is not part of the code that will read it: ` +
        'it was made while the code ran, or came with an argument; keep data, and write functions as methods',
    );
  }

  privates(instance: object, path: Path): Record<string, unknown> | undefined {
    const prototype = Object.getPrototypeOf(instance) as object;
    if (this.#open.has(prototype)) return undefined;
    const fields = getPrivates(instance, (Class) => {
      if (!hasPrivates(Class, instance)) return;
      throw new CaptureError(
        crumbs(path),
        `its class ${Class.name} has #private members and was imported, so that they cannot be read from outside; ` +
          'define it in the file of the function or class that is captured, or give it [portable]',
      );
    });
    if (fields === undefined) this.#open.add(prototype);
    return fields;
  }

  /** Whether the token names the value without the arguments of a call. */
  #means(token: unknown, value: object): boolean {
    try {
      return this.#functions.reference(token) === value;
    } catch {
      return false; // of the arguments' code, which is not this one's
    }
  }
}
