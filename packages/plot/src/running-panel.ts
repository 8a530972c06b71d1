import type { GroupMark, Mark } from 'vega';
import { countAxis, countScale, type Frame, group, type TimeAxis, timeAxis, timeScale } from './marks.ts';
import { OUTCOME_COLORS } from './palette.ts';
import type { Running } from './running.ts';

export function runningPanel(
  { steps, most }: Running,
  { left, width }: Frame,
  top: number,
  height: number,
  { unit, until }: TimeAxis,
  origin: string,
): GroupMark {
  const values = steps.map(({ at, running }) => ({ at: at / unit.length, running }));
  const shape = { x: { scale: 'x', field: 'at' }, interpolate: { value: 'step-after' } };
  return {
    ...group(left, top, width, height),
    data: [{ name: 'steps', values }],
    scales: [timeScale(until, width), countScale(most, height)],
    axes: [timeAxis(width, `${unit.name} since ${origin}`), countAxis(most, 3)],
    marks: [
      {
        type: 'area',
        from: { data: 'steps' },
        encode: {
          enter: {
            ...shape,
            y: { scale: 'y', field: 'running' },
            y2: { scale: 'y', value: 0 },
            fill: { value: OUTCOME_COLORS.success },
            fillOpacity: { value: 0.25 },
            stroke: { value: OUTCOME_COLORS.success },
            strokeWidth: { value: 1 },
          },
        },
      } as Mark,
    ],
  };
}
