import { describe, expect, test } from 'vitest';
import { type PlottedJob, svg } from '../src/index.ts';
import { created, filled, jobOf, textsOf } from './support/jobs.ts';

const RUN = '#0072b2';
const RETRIED = '#56b4e9';
const FAILED = '#d55e00';

describe('a picture', () => {
  test('has a title, units, and one bar a call', async () => {
    const picture = await svg([jobOf({ calls: 12 })]);
    expect(picture).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    expect(textsOf(picture)).toEqual(
      expect.arrayContaining([
        'square (M000)',
        '12 calls · 4 workers',
        'milliseconds since the job was created',
        'execution time, milliseconds',
        'at most 4 at once',
        'mean 10 ms · p50 10 ms · p95 10 ms · max 10 ms',
        '11',
      ]),
    );
    // 12 bars, one in the legend, the running calls' area and at least one bin.
    expect(filled(picture, RUN)).toBeGreaterThanOrEqual(15);
    expect(picture).not.toContain(FAILED);
  });

  test('tells failures and retries by colour, and a failure by a cross', async () => {
    const picture = await svg([
      jobOf({ calls: 8, state: (i) => (i === 3 ? 'error' : 'success'), attempt: (i) => (i === 5 ? 2 : 1) }),
    ]);
    expect(textsOf(picture)).toContain('8 calls · 1 failed · 1 retried · 4 workers');
    expect(textsOf(picture)).toEqual(expect.arrayContaining(['failed', 'running, retried']));
    expect(filled(picture, FAILED)).toBe(3); // bar, legend, bin
    expect(filled(picture, RETRIED)).toBe(3);
    expect(picture.split('stroke="#1f2933" stroke-width="1.5"').length - 1).toBe(2); // crosses: bar, legend
  });

  test('has a band for each of several jobs', async () => {
    const jobs = [jobOf({ calls: 20, name: 'load' }), jobOf({ calls: 20, name: 'store', jobId: 'M001' })];
    const texts = textsOf(await svg(jobs));
    expect(texts).toEqual(expect.arrayContaining(['2 jobs', 'load', 'M000', 'store', 'M001']));
    expect(texts).toContain('milliseconds since the first job was created');
  });

  test('of a hundred thousand calls is small, and says what a bar stands for', async () => {
    const picture = await svg([
      jobOf({ calls: 100_000, workers: 32, state: (i) => (i === 54_321 ? 'error' : 'success') }),
    ]);
    expect(picture.length).toBeLessThan(150_000);
    const texts = textsOf(picture);
    expect(texts).toContain('100,000 calls · 1 failed · 32 workers');
    expect(texts.find((text) => text.startsWith('A bar stands for up to 477 calls'))).toBeDefined();
    expect(texts.find((text) => text.includes('drawn: the mean of every'))).toBeDefined();
    // The one failure among them is drawn: bar, legend, bin.
    expect(filled(picture, FAILED)).toBe(3);
  });

  test('leaves a small job its bars beside a huge one', async () => {
    const jobs = [
      jobOf({ calls: 30, state: (i) => (i % 3 === 0 ? 'error' : 'success') }),
      jobOf({ calls: 50_000, jobId: 'M001' }),
    ];
    const picture = await svg(jobs);
    // Ten failures, the legend, a bin.
    expect(filled(picture, FAILED)).toBe(12);
    expect(
      textsOf(picture).find((text) => text.startsWith('A bar stands for up to 278 calls')),
    ).toBeDefined();
  });

  test('of a thousand jobs is small too', async () => {
    const jobs = Array.from({ length: 1000 }, (_, i) => jobOf({ calls: 1, jobId: `M${i}` }));
    expect((await svg(jobs)).length).toBeLessThan(150_000);
  });

  test('counts what cannot be drawn', async () => {
    const job: PlottedJob = {
      ...jobOf({ calls: 2 }),
      calls: [
        ...jobOf({ calls: 2 }).calls,
        { index: 2, state: 'invoked' },
        { index: 3, state: 'new' },
        { index: 4, state: 'lost' },
      ],
    };
    expect(textsOf(await svg([job]))).toContain(
      '5 calls · 1 failed · 2 unfinished · 1 never reported and not drawn · 2 workers',
    );
  });

  test('without a finished call says so', async () => {
    const job = { jobId: 'M000', name: 'f', createdTstamp: created, calls: [] };
    expect(textsOf(await svg([]))).toEqual(['No jobs', '0 calls', 'There are no calls.']);
    expect(textsOf(await svg([job]))).toContain('There are no calls.');
    expect(textsOf(await svg([{ ...job, calls: [{ index: 0, state: 'invoked' }] }]))).toContain(
      'No call has ended yet.',
    );
  });

  test.each([
    ['microseconds', (): number => 0.02],
    ['seconds', (): number => 12_000],
    ['minutes', (): number => 600_000],
    ['hours', (): number => 20_000_000],
  ])('counts execution times in %s', async (unit, ms) => {
    expect(textsOf(await svg([jobOf({ calls: 4, ms })]))).toContain(`execution time, ${unit}`);
  });

  test('has a logarithmic histogram where times differ by orders of magnitude', async () => {
    const texts = textsOf(
      await svg([jobOf({ calls: 100, ms: (i) => (i === 50 ? 5_000 : i === 51 ? 0 : 1 + (i % 3)) })]),
    );
    expect(texts).toEqual(expect.arrayContaining(['execution time, logarithmic', '1 ms', '100 ms', '1 s']));
  });

  test('has a median where most calls were shorter than a tick of their clock', async () => {
    const picture = await svg([jobOf({ calls: 100, ms: (i) => (i > 90 ? 10 ** (i - 92) : 0) })]);
    expect(textsOf(picture)).toContain('execution time, logarithmic');
    expect(picture).not.toMatch(/NaN|Infinity/);
  });

  test('draws calls that took no time at all', async () => {
    const picture = await svg([jobOf({ calls: 3, ms: () => 0 })]);
    expect(picture).not.toMatch(/NaN|Infinity/);
  });

  test('draws no step before the one it follows, whatever the clocks of workers say', async () => {
    const call = {
      index: 0,
      state: 'success',
      submitTstamp: created + 1,
      startTstamp: created + 0.5,
      endTstamp: created + 0.7,
      doneTstamp: created + 1.1,
    } as const;
    const picture = await svg([{ jobId: 'M000', name: 'f', createdTstamp: created, calls: [call] }]);
    expect(picture).not.toMatch(/NaN|width="-|h-\d+\.?\d*v-/);
    expect(textsOf(picture)).toContain('mean 200 ms · p50 200 ms · p95 200 ms · max 200 ms');
  });

  test('shows a name as it is, markup included', async () => {
    const picture = await svg([jobOf({ calls: 1, name: '<script>alert(1)</script>' })]);
    expect(picture).not.toContain('<script');
    expect(textsOf(picture)).toContain('&lt;script&gt;alert(1)&lt;/script&gt; (M000)');
  });

  test('refuses what is no job or no time, and names it', async () => {
    const refused = (jobs: unknown): Promise<unknown> => svg(jobs as PlottedJob[]);
    await expect(refused('M000')).rejects.toThrow("jobs is an array of jobs; got the string 'M000'");
    await expect(refused([{}])).rejects.toThrow('jobs[0] is a job with an array of calls');
    await expect(refused([{ ...jobOf({ calls: 1 }), createdTstamp: '2026' }])).rejects.toThrow(
      "jobs[0].createdTstamp is a number of seconds since the epoch; got the string '2026'",
    );
    const call = { ...jobOf({ calls: 1 }).calls[0], endTstamp: Number.NaN };
    await expect(refused([{ ...jobOf({ calls: 1 }), calls: [call] }])).rejects.toThrow(
      'jobs[0].calls[0].endTstamp is a number of seconds since the epoch; got NaN',
    );
  });
});
