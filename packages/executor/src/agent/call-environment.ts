/** The variables that a job gives its calls: set while they run, put back for the next job. */
export class CallEnvironment {
  #current: Readonly<Record<string, string>> | undefined;
  #before: Readonly<Record<string, string | undefined>> = {};

  enter(env: Readonly<Record<string, string>> | undefined): void {
    if (env === this.#current) return;
    for (const [name, value] of Object.entries(this.#before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    const names = Object.keys(env ?? {});
    this.#before = Object.fromEntries(names.map((name) => [name, process.env[name]]));
    Object.assign(process.env, env);
    this.#current = env;
  }
}
