/** As far as it is used here: TypeScript has its types only together with those of browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

/** A module that is checked in as text, with its source beside it. It is compiled when it is first used. */
export class WasmModule<Exports> {
  readonly #base64: string;
  #compiled: object | undefined;

  constructor(base64: string) {
    this.#base64 = base64;
  }

  /** One more, with a memory of its own. */
  instantiate(): Exports {
    this.#compiled ??= new WebAssembly.Module(Buffer.from(this.#base64, 'base64'));
    return new WebAssembly.Instance(this.#compiled).exports as Exports;
  }
}
