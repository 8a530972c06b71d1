/** Entries as values, for members that follow and for logs on disk: objects, sessions and waiters by their names. */
import type { Value } from '../value/value.ts';
import type { Entry } from './entry.ts';
import { Refusal, type RefusalCode } from './refusal.ts';
import type { Slot } from './slot.ts';
import type { SlotSession } from './slot-session.ts';
import type { TaskOutcome } from './task.ts';

export function encodeEntry(entry: Entry): Value {
  switch (entry.kind) {
    case 'create':
      return [
        'create',
        entry.at,
        introduced(entry.session),
        entry.cell.typeName,
        entry.cell.key,
        entry.config,
        entry.lease?.id,
        entry.lease?.ttlMs,
      ];
    case 'call': {
      const { at, session, sequence, acked, cell, operation, args, fence, deadline } = entry;
      return [
        'call',
        at,
        introduced(session),
        sequence,
        acked,
        cell.typeName,
        cell.key,
        operation,
        args,
        fence,
        deadline,
      ];
    }
    case 'refuse': {
      const { at, session, sequence, acked, refusal } = entry;
      return [
        'refuse',
        at,
        introduced(session),
        sequence,
        acked,
        refusal.code,
        refusal.message,
        refusal.details,
      ];
    }
    case 'finish':
      return ['finish', entry.at, entry.cell.typeName, entry.cell.key, encodeOutcome(entry.outcome)];
    case 'give-up':
      return ['give-up', entry.at, entry.waiter.session.id, entry.waiter.sequence, entry.why];
    case 'acknowledge':
      return ['acknowledge', entry.at, introduced(entry.session), entry.sequences];
    case 'end':
      return ['end', entry.at, entry.session.id, entry.expired];
    case 'end-lease':
      return ['end-lease', entry.at, entry.lease];
    case 'clear':
      return ['clear', entry.at];
  }
}

/** The entry, for a slot that has applied all entries before it. */
export function decodeEntry(slot: Slot, value: Value): Entry {
  const [kind, at, ...rest] = value as [Entry['kind'], number, ...Value[]];
  switch (kind) {
    case 'create': {
      const [session, typeName, key, config, id, ttlMs] = rest as [
        Introduction,
        string,
        string,
        readonly Value[],
        string | undefined,
        number,
      ];
      const lease = id === undefined ? undefined : { id, ttlMs };
      return { kind, at, session: sessionOf(slot, session), cell: slot.cell(typeName, key), config, lease };
    }
    case 'call': {
      const [session, sequence, acked, typeName, key, operation, args, fence, deadline] = rest as [
        Introduction,
        number,
        number,
        string,
        string,
        number,
        readonly Value[],
        number,
        number,
      ];
      return {
        kind,
        at,
        session: sessionOf(slot, session),
        sequence,
        acked,
        cell: slot.cell(typeName, key),
        operation,
        args,
        fence,
        deadline,
      };
    }
    case 'refuse': {
      const [session, sequence, acked, code, message, details] = rest as [
        Introduction,
        number,
        number,
        RefusalCode,
        string,
        Value,
      ];
      const refusal = new Refusal(code, message, details);
      return { kind, at, session: sessionOf(slot, session), sequence, acked, refusal };
    }
    case 'finish': {
      const [typeName, key, outcome] = rest as [string, string, readonly Value[]];
      return { kind, at, cell: slot.cell(typeName, key), outcome: decodeOutcome(outcome) };
    }
    case 'give-up': {
      const [session, sequence, why] = rest as [string, number, 'timeout' | 'cancelled'];
      const waiter = slot.session(session).waiters.get(sequence);
      if (waiter === undefined)
        throw new Error(`nothing waits as ${session}/${sequence}: the log has a hole`);
      return { kind, at, waiter, why };
    }
    case 'acknowledge': {
      const [session, sequences] = rest as [Introduction, readonly number[]];
      return { kind, at, session: sessionOf(slot, session), sequences };
    }
    case 'end':
      return { kind, at, session: slot.session(rest[0] as string), expired: rest[1] === true };
    case 'end-lease':
      return { kind, at, lease: rest[0] as string };
    case 'clear':
      return { kind, at };
  }
}

/** A session by its id; the first entry of it tells besides how long it lives. */
type Introduction = string | readonly [id: string, ttlMs: number, parent: string | undefined];

function introduced({ introduced, id, ttlMs, parent }: SlotSession): Introduction {
  return introduced ? id : [id, ttlMs, parent];
}

function sessionOf(slot: Slot, session: Introduction): SlotSession {
  if (typeof session === 'string') return slot.session(session);
  const [id, ttlMs, parent] = session;
  return slot.session(id, { ttlMs, parent });
}

function encodeOutcome(outcome: TaskOutcome): Value {
  switch (outcome.kind) {
    case 'done':
      return ['done', outcome.state, outcome.results];
    case 'threw':
      return ['threw', outcome.error];
    case 'failed':
      return ['failed', outcome.code, outcome.message];
  }
}

function decodeOutcome([kind, ...rest]: readonly Value[]): TaskOutcome {
  switch (kind as TaskOutcome['kind']) {
    case 'done':
      return {
        kind: 'done',
        state: rest[0] as Uint8Array | undefined,
        results: rest[1] as readonly Value[],
      };
    case 'threw':
      return { kind: 'threw', error: rest[0] as Uint8Array };
    case 'failed':
      return { kind: 'failed', code: rest[0] as string, message: rest[1] as string };
  }
}
