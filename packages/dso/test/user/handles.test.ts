import { prepare } from '@skein/codec';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { prepareToShip } from '../../src/user/ship.ts';
import { UserHost } from '../../src/user/user-host.ts';
import { UserObject } from './support/user-object.ts';

let host: UserHost;
beforeAll(async () => {
  await prepareToShip();
  host = new UserHost({ threads: 1 });
});
afterAll(() => host.close());

interface Door {
  readonly number: number;
}

class House {
  doors: Door[] = [];
  add(door: Door): number {
    this.doors.push(door);
    return door.number;
  }
  last(): Door | undefined {
    return this.doors.at(-1);
  }
}

it('handles go in, stay, and come back as handles', async () => {
  const { Door } = (await import(new URL('./support/handle.mjs', import.meta.url).href)) as {
    Door: new (number: number) => Door;
  };
  const house = await UserObject.make(host, House);
  expect(await house.call('add', new Door(4))).toBe(4);
  // Another thread has to import their class before it can read the state.
  await using other = new UserHost({ threads: 1 });
  other.addCode(house.shipped!.code);
  const moved = new UserObject<House>(other, 'moved', house.code, house.shipped, house.state.slice());
  const outcome = await moved.invoke('last');
  if (outcome.kind !== 'done') throw new Error(outcome.kind);
  await prepare(outcome.results[0] as Uint8Array);
  expect(await moved.call('last')).toBeInstanceOf(Door);
});
