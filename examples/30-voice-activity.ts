/**
 * When somebody speaks, as a neural network hears it (Silero VAD, 2.3 MB, which a package ships), run by ONNX Runtime. The model lies
 * in storage. One call reads it from there; other workers find its bytes on the machine; what the runtime makes of them cannot
 * leave its process, stays in memory, and is there at once for all later calls of the worker. A second run reads nothing.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Cache } from '@skein/cache';
import { FunctionExecutor } from '@skein/executor';
import { PreconditionFailedError, Storage } from '@skein/storage';
import { env, InferenceSession, Tensor } from 'onnxruntime-web';
import { RATE, record, type Sound } from './lib/recordings.ts';

const storage = new Storage();
const key = 'models/silero-vad-v5.onnx';
await storage.createBucket(storage.bucket);
try {
  const shipped = fileURLToPath(import.meta.resolve('@ricky0123/vad-web/dist/silero_vad_v5.onnx'));
  await storage.putObject(storage.bucket, key, await readFile(shipped), { ifNoneMatch: '*' });
} catch (error) {
  if (!(error instanceof PreconditionFailedError)) throw error; // it is there already
}
const { etag } = await storage.headObject(storage.bucket, key);

const context = {
  models: new Cache({ namespace: 'voice-activity' }),
  sessions: new Cache({ namespace: 'voice-activity-sessions', tiers: ['memory'] }),
};

type Place = 'storage' | 'machine' | 'memory';

interface Heard {
  /** What each quarter of a second is. */
  readonly played: readonly Sound[];
  /** Whether somebody speaks then, more likely than not. */
  readonly voice: readonly boolean[];
  /** Where this call has found the model. */
  readonly model: Place;
}

async function hear(seed: number, { models, sessions }: typeof context): Promise<Heard> {
  let model: Place = 'memory';
  const open = async (): Promise<InferenceSession> => {
    const bytes = await models.wrap(storage).getObject(storage.bucket, key);
    model = models.stats().loads > 0 ? 'storage' : 'machine';
    env.wasm.numThreads = 1; // workers are as many as there are processors
    return InferenceSession.create(bytes);
  };
  const session = await sessions.getOrSet('silero', open, { version: etag });
  const { samples, sounds } = record(seed);
  return { played: sounds, voice: await listen(session, samples), model };
}

/** The model hears 32 ms at a time, with the 4 ms before, and has a state that goes from one frame to the next. */
async function listen(session: InferenceSession, samples: Float32Array): Promise<boolean[]> {
  const [frame, before] = [512, 64];
  const sr = new Tensor('int64', [BigInt(RATE)]);
  let state: Tensor = new Tensor('float32', new Float32Array(2 * 128), [2, 1, 128]);
  const likely: number[] = [];
  for (let end = frame + before; end <= samples.length; end += frame) {
    const input = new Tensor('float32', samples.slice(end - frame - before, end), [1, frame + before]);
    const { output, stateN } = await session.run({ input, state, sr });
    likely.push(output!.data[0] as number);
    state = stateN!;
  }
  return Array.from({ length: Math.floor((4 * samples.length) / RATE) }, (_, quarter) => {
    const at = (RATE * (quarter + 0.5)) / 4 / frame;
    return likely.slice(at - 2, at + 2).reduce((sum, p) => sum + p / 4, 0) > 0.5;
  });
}

const seeds = Array.from({ length: 8 }, (_, seed) => seed);
await using executor = new FunctionExecutor({ context });
const heard = await executor.map(hear, seeds, { external: ['onnxruntime-web'], chunksize: 1 });

const signs: Readonly<Record<Sound, string>> = { silence: '.', noise: '~', hum: '-', voice: 'V' };
for (const { played, voice } of heard) {
  console.log(`played  ${played.map((sound) => signs[sound]).join('')}`);
  console.log(`heard   ${voice.map((is) => (is ? 'V' : '.')).join('')}`);
}
const found = (place: Place): number => heard.filter(({ model }) => model === place).length;
console.log(`${heard.length} calls found the model in storage ${found('storage')} times,`);
console.log(`on the machine ${found('machine')} times, and in memory ${found('memory')} times`);
