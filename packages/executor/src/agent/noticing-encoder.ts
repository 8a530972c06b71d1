import { CaptureError, type FunctionEncoder, type FunctionNode } from '@skein/codec';

/** Names functions as its job does, and notices whether there were any: what holds none, other jobs can decode. */
export class NoticingEncoder implements FunctionEncoder {
  readonly #encoder: FunctionEncoder | undefined;
  used = false;

  /** @param encoder `undefined` for a job that could not be loaded */
  constructor(encoder: FunctionEncoder | undefined) {
    this.#encoder = encoder;
  }

  encode(...args: Parameters<FunctionEncoder['encode']>): FunctionNode {
    if (this.#encoder === undefined)
      throw new CaptureError(['result'], 'the code of its job could not be loaded');
    this.used = true;
    return this.#encoder.encode(...args);
  }

  privates(
    ...args: Parameters<NonNullable<FunctionEncoder['privates']>>
  ): Record<string, unknown> | undefined {
    return this.#encoder?.privates?.(...args);
  }

  instanceOf(...args: Parameters<NonNullable<FunctionEncoder['instanceOf']>>): void {
    this.#encoder?.instanceOf?.(...args);
  }

  reference(value: object): unknown {
    const token = this.#encoder?.reference?.(value);
    if (token !== undefined) this.used = true;
    return token;
  }
}
