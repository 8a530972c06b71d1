/** Recordings that nobody has made: silence, noise, a hum, and a voice that babbles vowels, one after another. */
import { generator } from './random.ts';

/** Samples a second. */
export const RATE = 16_000;

export type Sound = 'silence' | 'noise' | 'hum' | 'voice';

export interface Recording {
  /** From -1 to 1. */
  readonly samples: Float32Array;
  /** What each quarter of a second is. */
  readonly sounds: readonly Sound[];
}

type Random = () => number;

/** Frequencies of the first three formants of a, i, u, e and o, in Hz: means of men's (Peterson and Barney, 1952). */
const VOWELS = [
  [730, 1090, 2440],
  [270, 2290, 3010],
  [300, 870, 2240],
  [530, 1840, 2480],
  [570, 840, 2410],
] as const;

const SOUNDS: Readonly<Record<Sound, (length: number, random: Random) => Float32Array>> = {
  silence: (length, random) => Float32Array.from({ length }, () => (random() - 0.5) / 1000),
  noise: (length, random) => Float32Array.from({ length }, () => 0.3 * (random() - 0.5)),
  hum(length, random) {
    const step = (2 * Math.PI * (200 + 600 * random())) / RATE;
    return Float32Array.from({ length }, (_, i) => 0.3 * Math.sin(step * i));
  },
  voice: babble,
};

/** Always the same one for a seed: four sounds, of half a second or a whole one each. */
export function record(seed: number): Recording {
  const random = generator(seed);
  const kinds = Object.keys(SOUNDS) as Sound[];
  const parts = Array.from({ length: 4 }, () => {
    const sound = kinds[Math.floor(kinds.length * random())]!;
    const quarters = random() < 0.5 ? 2 : 4;
    return {
      samples: SOUNDS[sound]((quarters * RATE) / 4, random),
      sounds: Array<Sound>(quarters).fill(sound),
    };
  });
  return {
    samples: Float32Array.from(parts.flatMap(({ samples }) => [...samples])),
    sounds: parts.flatMap(({ sounds }) => sounds),
  };
}

/** Pulses of a falling pitch through resonators whose frequencies glide from vowel to vowel (source and filter: Fant, 1960). */
function babble(length: number, random: Random): Float32Array {
  const oneOf = (): readonly number[] => VOWELS[Math.floor(VOWELS.length * random())]!;
  const pitch = 100 + 120 * random();
  const resonators = [60, 90, 120].map(resonator);
  const samples = new Float32Array(length);
  let phase = 0;
  for (let start = 0; start < length; ) {
    const [from, to] = [oneOf(), oneOf()];
    const end = start + Math.round(RATE * (0.12 + 0.12 * random()));
    for (let i = start; i < Math.min(end, length); i++) {
      phase += (pitch * (1.1 - (0.2 * i) / length)) / RATE;
      const pulse = phase >= 1 ? 1 : 0;
      phase -= pulse;
      const x = (i - start) / (end - start);
      const breath = 0.002 * (random() - 0.5);
      const tone = resonators.reduce(
        (sound, resonate, k) => resonate(sound, from[k]! + (to[k]! - from[k]!) * x),
        pulse + breath,
      );
      samples[i] = tone * Math.sqrt(Math.sin(Math.PI * x)); // loudest amid the syllable
    }
    start = end;
  }
  const loudest = samples.reduce((max, sample) => Math.max(max, Math.abs(sample)), 0);
  return samples.map((sample) => (0.5 * sample) / loudest);
}

/** A digital resonator of that bandwidth, in Hz, which passes a frequency of 0 as it is (Klatt, 1980). */
function resonator(bandwidth: number): (sample: number, frequency: number) => number {
  const radius = Math.exp((-Math.PI * bandwidth) / RATE);
  let [before, last] = [0, 0];
  return (sample, frequency) => {
    const b = 2 * radius * Math.cos((2 * Math.PI * frequency) / RATE);
    const c = -(radius ** 2);
    const now = (1 - b - c) * sample + b * last + c * before;
    [before, last] = [last, now];
    return now;
  };
}
