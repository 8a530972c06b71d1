/**
 * A contestant program reads one request a line from its standard input and answers each with one line. All
 * contestants of a benchmark get requests of one kind and must give the same answer in every round: whoever is
 * fast by doing something else is found out.
 */

export type Request = CallsRequest | LargeRequest | PiRequest | CaptureRequest;

/** `n => n + 1` for 0 … count - 1; the answer is the sum of the results. */
export interface CallsRequest {
  readonly op: 'calls';
  readonly count: number;
  /** Calls a message. Left out: the contestant's own choice. */
  readonly chunksize?: number;
}

/** A Float64Array (in Python: bytes) of that size to a worker and back; the answer is the size that came back. */
export interface LargeRequest {
  readonly op: 'large';
  readonly bytes: number;
}

/** Monte Carlo pi, a seed a task; the answer is the number of points within the circle. */
export interface PiRequest {
  readonly op: 'pi';
  readonly tasks: number;
  readonly points: number;
}

/** The function of `fresh/price.mjs` captured that many times; the answer is what the last copy computes. */
export interface CaptureRequest {
  readonly op: 'capture';
  readonly count: number;
}

export interface Reply {
  readonly ms: number;
  readonly answer: number;
}
