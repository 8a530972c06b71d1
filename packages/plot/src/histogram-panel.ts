import type { Axis, GroupMark, Mark, Scale } from 'vega';
import type { Histogram } from './histogram.ts';
import { axis, countAxis, countScale, type Frame, group, rectMark, text } from './marks.ts';
import { INK, MUTED, OUTCOME_COLORS } from './palette.ts';

/** A bin with anything in it is to be seen beside one of thousands. */
const LEAST_HEIGHT = 2;

/** A line through the bins. */
export interface Marker {
  readonly name: string;
  /** Seconds. */
  readonly at: number;
}

export function histogramPanel(
  { bins, scale, unit, from, to }: Histogram,
  { left, width }: Frame,
  top: number,
  height: number,
  markers: readonly [Marker, Marker],
): GroupMark {
  const most = bins.reduce((max, { upTo }) => Math.max(max, upTo), 0);
  const x = (value: number): number =>
    scale === 'log'
      ? (Math.log(value / from) / Math.log(to / from)) * width
      : ((value - from) / (to - from)) * width;
  const y = (calls: number): number => (calls / most) * height;
  const rects = bins.map((bin) => {
    const tall = Math.max(LEAST_HEIGHT, y(bin.upTo) - y(bin.below));
    return {
      x: x(bin.from) + 0.5,
      width: Math.max(1, x(bin.to) - x(bin.from) - 1),
      y: height - y(bin.below) - tall,
      height: tall,
      fill: OUTCOME_COLORS[bin.outcome],
    };
  });
  const xs = markers.map(({ at }) => x(Math.max(from, at / unit.length)));
  const close = xs[1]! - xs[0]! < 30;
  const rules = markers.flatMap(({ name }, i) => {
    const align = close ? (i === 0 ? 'right' : 'left') : 'center';
    const nudge = close ? (i === 0 ? -1 : 2) : 0;
    return [
      {
        type: 'rule',
        encode: {
          enter: {
            x: { value: xs[i]! },
            y: { value: -4 },
            y2: { value: height },
            stroke: { value: INK },
            strokeDash: { value: [3, 3] },
          },
        },
      } as Mark,
      text(name, xs[i]! + nudge, -8, { fontSize: 11, fill: MUTED, align }),
    ];
  });
  return {
    ...group(left, top, width, height),
    scales: [
      { name: 'x', type: scale, domain: [from, to], range: [0, width], zero: false, nice: false } as Scale,
      countScale(most, height),
    ],
    axes: [
      {
        ...axis('bottom', 'x'),
        titlePadding: 8,
        ...(scale === 'log'
          ? {
              title: 'execution time, logarithmic',
              tickCount: 8,
              encode: { labels: { update: decadeLabels } },
            }
          : { title: `execution time, ${unit.name}`, tickCount: 10, format: ',~r' }),
      } as Axis,
      countAxis(most, 4),
    ],
    marks: [rectMark(rects), ...rules],
  };
}

/** 10 µs, 1 ms, 100 ms, 10 s: the powers of ten alone, each in the unit that suits it. */
const decadeLabels = {
  text: {
    signal:
      "abs(log(datum.value) / LN10 - round(log(datum.value) / LN10)) > 1e-6 ? '' : " +
      "datum.value < 9e-4 ? format(datum.value * 1e6, '~r') + ' µs' : " +
      "datum.value < 0.9 ? format(datum.value * 1e3, '~r') + ' ms' : format(datum.value, ',~r') + ' s'",
  },
};
