/** Where an object of a user's class comes from: the class and the arguments that make it, on their way. */
import type { Cluster } from '../client/cluster.ts';
import type { Link } from '../client/link.ts';
import type { Times } from '../client/pending.ts';
import type { CodeReference } from '../engine/task.ts';
import type { Lease } from '../lease.ts';
import { codesOf } from '../objects/catalog.ts';
import { codeValue } from '../objects/code.ts';
import type { CodeText } from '../user/code.ts';
import {
  encodePlainArguments,
  type KnownCode,
  ShipError,
  type ShippedArguments,
  type Shipping,
  startShipping,
} from '../user/ship.ts';
import type { Value } from '../value/value.ts';
import { type Place, SharedObject, type WriteOptions } from './shared-object.ts';
import { callSending } from './user-code.ts';

const code = codesOf('class');

export class Origin {
  /** Resolves when the code has been bundled. Rejects if that is not possible, as all calls do. */
  readonly maker: Promise<Maker>;
  /**
   * Settled when the node has the code and has begun to make the object, or has refused; why is told by the first call.
   * Calls that wait for it run in their order.
   */
  readonly begun: Promise<void>;
  readonly #shipping: Shipping;

  /** @throws {CaptureError} for a class or arguments that cannot travel */
  constructor(
    cluster: Cluster,
    key: string,
    Class: Function,
    args: readonly unknown[],
    times: Times | undefined,
    lease: Lease | undefined,
  ) {
    this.#shipping = startShipping(Class);
    // Captured now, as the class is.
    const encoding = this.encode(args);
    this.maker = makerOf({ cluster, key, Class, times, lease, shipping: this.#shipping, encoding });
    // Handles that have travelled wait for it, whether or not it is used here.
    this.begun = this.maker.then((maker) => maker.begin()).catch(() => {});
  }

  /** Arguments for the object's methods, as they are now. @throws {CaptureError} for what cannot travel */
  encode(args: readonly unknown[]): ShippedArguments | Promise<ShippedArguments> {
    const encoding = this.#shipping.encodeArguments(args);
    if (!(encoding instanceof Promise)) return encoding;
    return encoding.catch((error: unknown) => {
      if (error instanceof ShipError) return encodePlainArguments(args);
      throw error;
    });
  }
}

/** A class on its way: its code, or only its name where the server has to have it. */
interface ShippedClass {
  readonly ref: CodeReference & { readonly hash?: string };
  readonly codes: readonly CodeText[];
  /** Undefined of a class that only the server has. */
  readonly known: KnownCode | undefined;
}

interface Making {
  readonly cluster: Cluster;
  readonly key: string;
  readonly Class: Function;
  readonly times: Times | undefined;
  readonly lease: Lease | undefined;
  readonly shipping: Shipping;
  readonly encoding: ShippedArguments | Promise<ShippedArguments>;
}

async function makerOf(making: Making): Promise<Maker> {
  const { cluster, key, times, lease, shipping, encoding } = making;
  const { name } = making.Class;
  const [shipped, { args, codes }] = await Promise.all([shippedClass(name, shipping), encoding]);
  const config = [codeValue(shipped.ref), args, codes.map(({ hash }) => hash), name];
  const place = { cluster, type: `class:${name}`, key, config, times, lease };
  return new Maker(place, shipped, [...shipped.codes, ...codes]);
}

async function shippedClass(name: string, { shipped }: Shipping): Promise<ShippedClass> {
  try {
    const known = await shipped;
    return { ref: known.ref, codes: [known.code], known };
  } catch (error) {
    if (!(error instanceof ShipError)) throw error;
    // Without @skein/closure there are still the classes that a server was started with.
    return { ref: { kind: 'preloaded', name }, codes: [], known: undefined };
  }
}

/** The handle whose use makes the object, with its class and arguments: the first one, and the next after a deletion. */
export class Maker extends SharedObject {
  readonly shipped: ShippedClass;
  /** Of the class, and of functions in the constructor's arguments. */
  readonly codes: readonly CodeText[];

  constructor(place: Place, shipped: ShippedClass, codes: readonly CodeText[]) {
    super(place);
    this.shipped = shipped;
    this.codes = codes;
  }

  /** Does not wait until the constructor has run. */
  async begin(): Promise<void> {
    const linkOf = (): Link => this.place.cluster.linkOf(this.slot);
    await callSending(linkOf, this.codes, () => this.read(code.begin, []));
  }

  invoke(message: readonly Value[], options: WriteOptions | undefined): Promise<Value> {
    return this.writeWaiting(code.invoke, message, options);
  }
}
