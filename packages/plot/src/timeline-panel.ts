import type { GroupMark, Mark } from 'vega';
import type { Outcome, PlottedJob } from './job.ts';
import {
  box,
  clipped,
  crosses,
  type Frame,
  group,
  rectMark,
  type TextStyle,
  type TimeAxis,
  text,
  timeAxis,
  timeScale,
} from './marks.ts';
import { MUTED, OUTCOME_COLORS, RETURNING, WAITING } from './palette.ts';
import type { Timeline } from './timeline.ts';

/** Bars this thick and thicker have the call's number beside them. */
const LABELLED_BAR = 12;
/** What is rare is to be seen however short it was. */
const LEAST_WIDTH: Readonly<Record<Outcome, number>> = { success: 1, retried: 3, failed: 4 };
/** More crosses than these are seen only where bars are thick enough to keep them apart. */
const MOST_CROSSES = 40;

export function timelinePanel(
  { bars, bands }: Timeline,
  jobs: readonly PlottedJob[],
  { left, width }: Frame,
  top: number,
  height: number,
  { unit, until }: TimeAxis,
): GroupMark {
  const pitch = height / bars.length;
  const gap = pitch >= 8 ? 3 : pitch >= 4 ? 1 : 0;
  const scale = (seconds: number): number => (seconds / unit.length / until) * width;
  const span = (from: number, to: number, least: number): object => ({
    x: scale(from),
    width: Math.max(least, scale(to) - scale(from)),
  });
  const rects = (values: readonly object[]): Mark => rectMark(values, Math.max(1, pitch - gap));
  const place = ({ row }: { readonly row: number }): object => ({ y: row * pitch + gap / 2 });
  const waits = bars.filter(({ submit, start }) => scale(start) - scale(submit) >= 0.5);
  const returns = bars.filter(({ end, done }) => scale(done) - scale(end) >= 0.5);
  const failed = bars.filter(({ outcome }) => outcome === 'failed');
  const labels =
    pitch >= LABELLED_BAR
      ? bars.map(({ row, index }) => text(String(index), -8, (row + 0.5) * pitch + 4, labelStyle))
      : [];
  return {
    ...group(left, top, width, height),
    scales: [timeScale(until, width)],
    axes: [timeAxis(width, undefined)],
    marks: [
      rects(waits.map((bar) => ({ ...place(bar), ...span(bar.submit, bar.start, 0), fill: WAITING }))),
      rects(returns.map((bar) => ({ ...place(bar), ...span(bar.end, bar.done, 0), fill: RETURNING }))),
      rects(
        bars.map((bar) => ({
          ...place(bar),
          ...span(bar.start, bar.end, LEAST_WIDTH[bar.outcome]),
          fill: OUTCOME_COLORS[bar.outcome],
        })),
      ),
      ...(pitch >= 5 || failed.length <= MOST_CROSSES
        ? [
            crosses(
              failed.map(({ row, end }) => ({ x: scale(end), y: (row + 0.5) * pitch })),
              36,
            ),
          ]
        : []),
      ...labels,
      ...bandLabels(bands, jobs, pitch, left, width),
    ],
  };
}

const labelStyle: TextStyle = { fontSize: 11, fill: MUTED, align: 'right' };

function bandLabels(
  bands: Timeline['bands'],
  jobs: readonly PlottedJob[],
  pitch: number,
  left: number,
  width: number,
): Mark[] {
  return bands.flatMap(({ job, first, last }) => {
    const { jobId, name } = jobs[job]!;
    const [from, to] = [first * pitch, (last + 1) * pitch];
    const line = first === 0 ? [] : [box(24 - left, from - 0.5, left - 24 + width, 1, '#c6cdd6')];
    const room = to - from;
    if (room < 12) return line;
    const y = room < 30 ? (from + to) / 2 + 4 : from + 14;
    const label = text(clipped(name, 13), 24 - left, y, { fontSize: 11 });
    return room < 30
      ? [...line, label]
      : [...line, label, text(jobId, 24 - left, y + 14, { fontSize: 11, fill: MUTED })];
  });
}
