/** The picture as a Vega specification: what is drawn has been counted before, so it stays small for any job. */
import type { Mark, Spec } from 'vega';
import { histogramOf, quantile } from './histogram.ts';
import { histogramPanel } from './histogram-panel.ts';
import { type Outcome, type PlottedJob, type Run, runsOf } from './job.ts';
import { box, clipped, crosses, type Frame, heading, type TimeAxis, text } from './marks.ts';
import { FONTS, GRID, INK, MUTED, OUTCOME_COLORS, PAPER, RETURNING, WAITING } from './palette.ts';
import { type Running, runningOf } from './running.ts';
import { runningPanel } from './running-panel.ts';
import { headline } from './summary.ts';
import { type Timeline, timelineOf } from './timeline.ts';
import { timelinePanel } from './timeline-panel.ts';
import { count, counted, duration, unitFor } from './units.ts';

const WIDTH = 960;
const MARGIN = 24;
const RUNNING_HEIGHT = 70;
const HISTOGRAM_HEIGHT = 150;
const TALLEST_BAR = 16;
const TIMELINE_HEIGHT = 420;
/** Width of a letter, by the size of its font: nothing here can measure text. */
const LETTER = 0.53;

/** @throws {TypeError} for what is not a job or a time. */
export function pictureOf(jobs: readonly PlottedJob[]): Spec {
  const { runs } = runsOf(jobs);
  const head = [
    text(titleOf(jobs), MARGIN, 34, { fontSize: 17, fontWeight: 600 }),
    text(headline(jobs), MARGIN, 55, { fill: MUTED }),
  ];
  if (runs.length === 0) {
    const why = jobs.some(({ calls }) => calls.length > 0) ? 'No call has ended yet.' : 'There are no calls.';
    return page(120, [...head, text(why, MARGIN, 92, { fontSize: 13 })]);
  }
  const timeline = timelineOf(runs);
  const running = runningOf(runs);
  const sampled = timeline.callsPerBar > 1;
  const left = timeline.bands.length > 0 ? 150 : 74;
  const frame: Frame = { left, width: WIDTH - left - MARGIN };
  const time = axisOfTime(runs);
  const height = Math.max(24, Math.min(TIMELINE_HEIGHT, timeline.bars.length * TALLEST_BAR));
  const top = sampled ? 124 : 108;
  const runningTop = top + height + 58;
  const histogramTop = runningTop + RUNNING_HEIGHT + 100;
  return page(histogramTop + HISTOGRAM_HEIGHT + 52, [
    ...head,
    heading('Calls, in order of start', MARGIN, 88),
    ...legend(runs, 88),
    ...(sampled ? [samplingNote(timeline, 106)] : []),
    timelinePanel(timeline, jobs, frame, top, height, time),
    heading('Calls running', MARGIN, runningTop - 14),
    noteOnTheRight(noteOn(running), runningTop - 14),
    runningPanel(
      running,
      frame,
      runningTop,
      RUNNING_HEIGHT,
      time,
      `the ${jobs.length > 1 ? 'first ' : ''}job was created`,
    ),
    ...timesOf(runs, frame, histogramTop),
  ]);
}

function axisOfTime(runs: readonly Run[]): TimeAxis {
  const seconds = runs.reduce((max, { done }) => Math.max(max, done), 0);
  const unit = unitFor(seconds);
  return { unit, until: seconds / unit.length || 1 };
}

function titleOf(jobs: readonly PlottedJob[]): string {
  const [first] = jobs;
  if (first === undefined) return 'No jobs';
  return jobs.length === 1 ? `${clipped(first.name, 60)} (${first.jobId})` : counted(jobs.length, 'job');
}

function page(height: number, marks: Mark[]): Spec {
  return {
    width: WIDTH,
    height,
    padding: 0,
    autosize: 'none',
    background: PAPER,
    config: {
      // Vega would describe every bar in words: a hundred bytes for each.
      aria: false,
      axis: {
        domainColor: '#aab3be',
        gridColor: GRID,
        labelColor: MUTED,
        labelFont: FONTS,
        labelFontSize: 11,
        tickColor: '#aab3be',
        tickSize: 4,
        titleColor: MUTED,
        titleFont: FONTS,
        titleFontSize: 11,
        titleFontWeight: 'normal',
      },
      text: { font: FONTS, fontSize: 12, fill: INK },
    },
    marks,
  } as Spec;
}

const OUTCOME_NAMES: Readonly<Record<Outcome, string>> = {
  success: 'running',
  retried: 'running, retried',
  failed: 'failed',
};

/** From the right edge to the left, only what occurs. */
function legend(runs: readonly Run[], y: number): Mark[] {
  const outcomes = (['success', 'retried', 'failed'] as const).filter((outcome) =>
    runs.some((run) => run.outcome === outcome),
  );
  const items = [
    { name: 'sent, waiting', color: WAITING, cross: false },
    ...outcomes.map((outcome) => ({
      name: OUTCOME_NAMES[outcome],
      color: OUTCOME_COLORS[outcome],
      cross: outcome === 'failed',
    })),
    { name: 'result on its way', color: RETURNING, cross: false },
  ];
  const marks: Mark[] = [];
  let x = WIDTH - MARGIN;
  for (const { name, color, cross } of items.toReversed()) {
    x -= Math.ceil(name.length * 11 * LETTER);
    marks.push(text(name, x, y, { fontSize: 11, fill: MUTED }));
    x -= 17;
    marks.push(box(x, y - 8, 12, 8, color), ...(cross ? [crosses([{ x: x + 6, y: y - 4 }], 30)] : []));
    x -= 18;
  }
  return marks;
}

function samplingNote({ callsPerBar }: Timeline, y: number): Mark {
  const note =
    `A bar stands for up to ${counted(callsPerBar, 'call')} and shows one of them: ` +
    'a failed one if there is any, else one that was retried, else the longest.';
  return text(note, MARGIN, y, { fontSize: 11, fill: MUTED });
}

function noteOn({ most, meanOver }: Running): string {
  const drawn = meanOver === undefined ? '' : `; drawn: the mean of every ${duration(meanOver)}`;
  return `at most ${count(most)} at once${drawn}`;
}

function noteOnTheRight(note: string, y: number): Mark {
  return text(note, WIDTH - MARGIN, y, { fontSize: 11, fill: MUTED, align: 'right' });
}

function timesOf(runs: readonly Run[], frame: Frame, top: number): Mark[] {
  const times = Float64Array.from(runs, ({ start, end }) => end - start).sort();
  const [p50, p95, max] = [quantile(times, 0.5), quantile(times, 0.95), times[times.length - 1]!];
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
  const note = `mean ${duration(mean)} · p50 ${duration(p50)} · p95 ${duration(p95)} · max ${duration(max)}`;
  return [
    heading('Calls by execution time', MARGIN, top - 30),
    noteOnTheRight(note, top - 30),
    histogramPanel(histogramOf(runs), frame, top, HISTOGRAM_HEIGHT, [
      { name: 'p50', at: p50 },
      { name: 'p95', at: p95 },
    ]),
  ];
}
