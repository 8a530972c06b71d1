/** Opens the places where clients come, and says in a person's words why one cannot be opened. */
import { chmodSync, lstatSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { type AddressInfo, connect, type ListenOptions } from 'node:net';
import { type ListenExtras, type Listening, listen, type Node } from '@skein/dso/server';
import { type Place, placeText } from './place.ts';

/** A place where the server cannot listen: it is taken, or not its own. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  readonly code = 'cannot-listen' as const;
}

export function openPlace(
  flag: string,
  place: Place,
  clients: Pick<Node, 'accept'>,
  extras: ListenExtras,
): Promise<Listening> {
  return orSay(flag, placeText(place), listen(clients, place, extras));
}

export async function openPath(
  path: string,
  clients: Pick<Node, 'accept'>,
  extras: ListenExtras,
): Promise<Listening> {
  // A server that was killed has left its socket; one that lives answers at it.
  // Anything but a socket is somebody's file: it is left alone, and the place is taken.
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there?.isSocket() === true && !(await answers({ path }))) rmSync(path, { force: true });
  const listening = await orSay('--unix', path, listen(clients, { path }, extras));
  // Who may open it may run what the server runs: that is this user alone.
  chmodSync(path, 0o600);
  return listening;
}

/** @returns the port */
export async function openPages(place: Place, server: Server): Promise<number> {
  const opened = new Promise<number>((resolve, reject) => {
    server.once('error', reject);
    server.listen(place, () => resolve((server.address() as AddressInfo).port));
  });
  return orSay('--metrics', placeText(place), opened);
}

async function orSay<T>(flag: string, place: string, opened: Promise<T>): Promise<T> {
  try {
    return await opened;
  } catch (error) {
    throw new ListenError(
      `cannot listen on ${place} (${flag}): ${reasonOf(error as NodeJS.ErrnoException)}`,
      {
        cause: error,
      },
    );
  }
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'EADDRINUSE':
      return 'another program listens there already';
    case 'EADDRNOTAVAIL':
      return 'this machine does not have that address';
    case 'EACCES':
      return 'this user may not';
    default:
      return message;
  }
}

function answers(where: ListenOptions & { readonly path: string }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(where.path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
