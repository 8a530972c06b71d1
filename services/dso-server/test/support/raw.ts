/** A client that says what no honest one would. */
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** Opens a connection to `host:port`; it is gone after the test. */
export function rawSocket(address: string): Promise<Socket> {
  const [host, port] = address.split(':');
  const socket = connect(Number(port), host);
  onTestFinished(() => void socket.destroy());
  return new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(socket));
    socket.once('error', reject);
  });
}

/** Everything that the server says until it ends the connection. */
export function answerOf(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', () => {});
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
  });
}

/** A frame: its length, its kind, the rest. */
export function frame(kind: number, ...rest: Uint8Array[]): Buffer {
  const body = Buffer.concat([Buffer.from([kind]), ...rest]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(body.length);
  return Buffer.concat([length, body]);
}

export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return Buffer.from(bytes);
}

export function text(value: string): Buffer {
  return Buffer.concat([varint(Buffer.byteLength(value)), Buffer.from(value)]);
}

/** The first message of a client. */
export function hello({ magic = 'skein-dso', version = 1, token = '' } = {}): Buffer {
  return frame(1, text(magic), varint(version), text(token));
}
