import { describe, expect, test } from 'vitest';
import {
  CaptureError,
  createSite,
  decode,
  encode,
  HandleError,
  type Json,
  type Portable,
  portable,
  prepare,
  type Reach,
  registerPortable,
  type Site,
  travelsAs,
} from '../src/index.ts';

/** A handle class as a package would write it. */
function handleClass(type: string, reach: Reach | (() => Reach) = 'network', module = 'pkg'): HandleClass {
  class Handle {
    static readonly [portable]: Portable<Handle> = {
      type,
      module,
      reach,
      dehydrate: (handle) => handle.state,
      revive: (state, site) => new Handle(state, site),
    };
    readonly state: Json;
    readonly site: Site | undefined;
    constructor(state: Json, site?: Site) {
      this.state = state;
      this.site = site;
    }
  }
  return Handle as unknown as HandleClass;
}

interface Handle {
  readonly state: Json;
  readonly site: Site | undefined;
}

interface HandleClass {
  new (state: Json, site?: Site): Handle;
  readonly [portable]: Portable<never, never>;
}

describe('the contract of handles', () => {
  test('1, 10: recognised by the symbol, and one object wherever it stands in a message', () => {
    const Store = handleClass('test:Store@1');
    registerPortable(Store);
    const store = new Store({ url: 'redis://host:1' });
    const site = createSite();
    const [a, { b }] = decode<[Handle, { b: Handle }]>(encode([store, { b: store }]).toBytes(), { site });
    expect(a).toBe(b);
    expect(a).toBeInstanceOf(Store);
    expect([a.state, a.site]).toEqual([{ url: 'redis://host:1' }, site]);
  });

  test('1: a subclass without a [portable] of its own is refused, for it would come back as its parent', () => {
    class Special extends handleClass('test:Parent@1') {}
    expect(() => encode(new Special(1))).toThrow(
      /class Special extends a handle class.*no static \[portable\]/,
    );
  });

  test('2: an unknown type is an error that names both versions', () => {
    const bytes = encode(new (handleClass('test:Versioned@2'))(1)).toBytes();
    expect(() => decode(bytes)).toThrow(/test:Versioned@2, which is not registered.*prepare/);
    registerPortable(handleClass('test:Versioned@1'));
    expect(() => decode(bytes)).toThrow(
      expect.objectContaining({
        code: 'unknown-version',
        message: expect.stringMatching(/of type test:Versioned@2, this process knows test:Versioned@1/),
      }),
    );
  });

  test('3: a message lists its modules; prepare imports those that are missing, decode stays synchronous', async () => {
    const Late = handleClass('test:Late@1', 'network', 'late-module');
    const encoded = encode({ deep: [new Late(7), new Late(8)] });
    expect(encoded.modules).toEqual(['late-module']);
    const imported: string[] = [];
    const load = async (specifier: string): Promise<unknown> => {
      imported.push(specifier);
      return { Late };
    };
    await prepare(encoded.toBytes(), { import: load });
    await prepare(encoded.toBytes(), { import: load });
    expect(imported).toEqual(['late-module']);
    expect(decode<{ deep: Handle[] }>(encoded.toBytes()).deep[1]?.state).toBe(8);
  });

  test('3: a module that cannot be imported is an error that names type and module', async () => {
    const bytes = encode(new (handleClass('test:Gone@1', 'network', 'no-such-module-here'))(1)).toBytes();
    await expect(prepare(bytes)).rejects.toThrow(/test:Gone@1.*'no-such-module-here'/);
  });

  test('3: the class itself is what the module registers, never its code', () => {
    const Kept = handleClass('test:Kept@1', 'network', 'kept-module');
    expect(() => encode({ Kept })).toThrow(/class Handle; data travels without code/);
    registerPortable(Kept);
    const encoded = encode({ Kept, again: Kept });
    expect(encoded.modules).toEqual(['kept-module']);
    const Later = handleClass('test:Kept@1', 'network', 'kept-module');
    registerPortable(Later);
    expect(decode(encoded.toBytes())).toEqual({ Kept: Later, again: Later });
  });

  test('4: the registry is one for all copies of the package', async () => {
    const Shared = handleClass('test:Shared@1');
    registerPortable(Shared);
    const copy = (await import(`${'../src/index.ts'}?copy`)) as typeof import('../src/index.ts');
    expect(copy.decode(encode(new Shared(5)).toBytes())).toBeInstanceOf(Shared);
  });

  test('5: the state is small JSON, without credentials or user info', () => {
    const Any = handleClass('test:Any@1');
    registerPortable(Any);
    const fails = (state: unknown, message: RegExp): void => {
      expect(() => encode(new Any(state as Json))).toThrow(HandleError);
      expect(() => encode(new Any(state as Json))).toThrow(message);
    };
    fails('x'.repeat(16_383), /16385 bytes of JSON, at most 16384/);
    fails({ at: { password: 'x' } }, /state\.at\.password looks like a credential/);
    fails({ secretAccessKey: 'x' }, /credential/);
    fails({ url: 's3://bucket?accessKeyId=1' }, /state\.url\?accessKeyId looks like a credential/);
    fails({ when: new Date() }, /instance of a class/);
    fails({ n: Number.NaN }, /NaN/);
    fails(undefined, /undefined/);
    const back = decode<Handle>(encode(new Any({ url: 'redis://me:secret@host:6379/0' })).toBytes());
    expect(back.state).toEqual({ url: 'redis://host:6379/0' });
  });

  test('7: a handle that the receiver cannot reach is refused, with the path', () => {
    const Memory = handleClass('test:Memory@1', () => 'process');
    const Disk = handleClass('test:Disk@1', 'host');
    const value = { config: { db: new Memory(1) } };
    expect(() => encode(value, { reach: 'host', root: 'handler' })).toThrow(
      expect.objectContaining({ code: 'reach', path: ['handler', '.config', '.db'] }),
    );
    expect(() => encode(new Disk(1), { reach: 'network' })).toThrow(CaptureError);
    expect(encode(value, { reach: 'process' }).reach).toBe('process');
    expect(encode(new Disk(1), { reach: 'host' }).reach).toBe('host');
    expect(encode(1).reach).toBe('network');
  });

  test('8: without credentials the error names service and address', () => {
    expect(() => createSite().credentials('s3', 'minio:9000')).toThrow(/s3 at minio:9000/);
  });

  test('a Proxy may stand for a handle', () => {
    const Shown = handleClass('test:Shown@1');
    registerPortable(Shown);
    const handle = new Shown('state');
    const proxy = new Proxy({}, {});
    travelsAs(proxy, handle);
    const [a, b, c] = decode<Handle[]>(encode([proxy, handle, proxy]).toBytes());
    expect(a?.state).toBe('state');
    expect([b, c]).toEqual([a, a]);
    expect(a === b && b === c).toBe(true);
  });

  test('a Proxy may stand for a class', () => {
    const Shown = handleClass('test:ShownClass@1');
    registerPortable(Shown);
    const proxy = new Proxy(Shown, {});
    travelsAs(proxy, Shown);
    expect(decode(encode([proxy, Shown, proxy]).toBytes())).toEqual([Shown, Shown, Shown]);
  });

  test('a class that breaks the contract is refused when it is registered', () => {
    expect(() => registerPortable(handleClass('no version'))).toThrow(
      /type must be '<package>:<Class>@<major>'/,
    );
    expect(() => registerPortable(handleClass('a:B@1', 'moon' as Reach))).toThrow(/reach must be/);
    expect(() => registerPortable(class {} as never)).toThrow(/no static \[portable\]/);
  });
});

describe('9: resources of a site', () => {
  test('it knows the call that runs at the moment, or the one for which handles are revived, or none', () => {
    const first = { signal: new AbortController().signal };
    const second = { signal: new AbortController().signal };
    let running: typeof first | undefined = first;
    const site = createSite({ call: () => running });
    expect([site.call, site.call]).toEqual([first, first]);
    running = second;
    expect(site.call).toBe(second);
    running = undefined;
    expect(site.call).toBe(undefined);

    const fixed = createSite({ signal: first.signal });
    expect(fixed.call?.signal).toBe(first.signal);
    expect(fixed.call).toBe(fixed.call);
    expect(createSite().call).toBe(undefined);
  });

  const counted = (): { opened: number; closed: number; open: () => object; close: () => void } => {
    const counts = {
      opened: 0,
      closed: 0,
      open: () => ({ number: ++counts.opened }),
      close: () => void counts.closed++,
    };
    return counts;
  };

  test('one per key, shared by all who use it, closed when idle, opened anew', async () => {
    const site = createSite({ idleMs: 5 });
    const counts = counted();
    const first = site.resource('key 1', counts.open, counts.close);
    const second = createSite({ idleMs: 5 }).resource('key 1', counts.open, counts.close);
    expect(counts.opened).toBe(0);
    const [a, b] = await Promise.all([first.use((it) => it), second.use((it) => it)]);
    expect(a).toBe(b);
    await expect.poll(() => counts.closed).toBe(1);
    await first.use(() => undefined);
    expect(counts.opened).toBe(2);
    first.reset();
    await expect.poll(() => counts.closed).toBe(2);
  });

  test('work in progress keeps it open, and a failed opening is tried again', async () => {
    const site = createSite({ idleMs: 1 });
    const counts = counted();
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const resource = site.resource('key 2', counts.open, counts.close);
    const work = resource.use(() => gate);
    await resource.use(() => undefined);
    resource.reset();
    expect(counts.closed).toBe(0);
    release();
    await work;
    await expect.poll(() => counts.closed).toBe(1);

    let attempts = 0;
    const failing = site.resource(
      'key 3',
      () => (++attempts === 1 ? Promise.reject(new Error('down')) : 'up'),
      () => {},
    );
    await expect(failing.use(() => 1)).rejects.toThrow('down');
    expect(await failing.use((it) => it)).toBe('up');
  });
});
