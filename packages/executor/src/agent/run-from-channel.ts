import { getHeapStatistics } from 'node:v8';
import { CallOutput } from '../logs/call-output.ts';
import { packLog } from '../logs/log-frame.ts';
import { setParent } from '../parent.ts';
import { FrameReader, FrameType, parseJson } from '../wire/frames.ts';
import type { LoanEnded } from '../wire/loan.ts';
import { unpackCalls } from '../wire/messages.ts';
import type { AgentPayload, JobDescription } from '../wire/payload.ts';
import { Agent } from './agent.ts';
import { Borrower, parentOf } from './borrower.ts';
import { ChannelOutlet } from './channel-outlet.ts';
import { setLogLevel } from './diagnose.ts';
import { watchHazards } from './hazards.ts';
import type { AgentPort } from './port.ts';
import { checkVersion } from './version.ts';

/** Serves calls until the client closes the channel. */
export function runFromChannel(port: AgentPort): void {
  let agent: Agent | undefined;
  let outlet: ChannelOutlet | undefined;
  let leavingInOrder = false;

  const borrower = new Borrower(port.write);

  const start = (payload: AgentPayload): void => {
    checkVersion(payload.version);
    const heapLimit = getHeapStatistics().heap_size_limit;
    // A borrower greets it as if it were new: it stays what it is.
    if (outlet !== undefined) {
      outlet.ready(heapLimit);
      return;
    }
    setParent(parentOf(payload, borrower));
    outlet = new ChannelOutlet(port.write, payload, () => agent!.storage);
    agent = new Agent(payload, outlet, { pulse: port.pulse });
    setLogLevel(payload.output.logLevel);
    new CallOutput({
      terms: payload.output,
      running: () => agent?.printingCall,
      send: (piece) => port.write(packLog(piece)),
    }).install();
    outlet.ready(heapLimit);
    port.guard(heapLimit);
  };
  watchHazards({
    agent: () => agent,
    leaving: (leaving) => outlet?.leaving(leaving),
    expected: () => leavingInOrder,
  });
  const reader = new FrameReader((type, body) => {
    switch (type) {
      case FrameType.payload:
        start(parseJson<AgentPayload>(body));
        break;
      case FrameType.job:
        agent?.addJob(parseJson<JobDescription>(body));
        break;
      case FrameType.calls: {
        const calls = unpackCalls(body);
        agent?.enqueue({ ...calls, block: calls.place ?? calls.block[0] });
        break;
      }
      case FrameType.loan:
        borrower.receive(body);
        break;
      case FrameType.loanEnded:
        borrower.ended(parseJson<LoanEnded>(body));
        break;
      case FrameType.forget:
        agent?.forgetJob(parseJson<{ job: number }>(body).job);
        break;
      default:
        throw new Error(`the client sent a frame of type ${type}, which this agent does not know`);
    }
  });
  port.read(
    (chunk) => reader.push(chunk),
    () => {
      // Whoever closes the channel has no use for what still runs.
      leavingInOrder = true;
      process.exit(0);
    },
  );
}
