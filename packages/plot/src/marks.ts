/** Vega's marks, scales and axes in the few forms that the picture is made of. */
import type { Axis, GroupMark, Mark, Scale } from 'vega';
import { INK } from './palette.ts';
import type { TimeUnit } from './units.ts';

/** Where the panels lie, one above another. */
export interface Frame {
  readonly left: number;
  readonly width: number;
}

/** The axis that timeline and calls running share. */
export interface TimeAxis {
  readonly unit: TimeUnit;
  /** In that unit. */
  readonly until: number;
}

export interface TextStyle {
  readonly fontSize?: number;
  readonly fontWeight?: number;
  readonly fill?: string;
  readonly align?: 'left' | 'center' | 'right';
}

export function text(content: string, x: number, y: number, style: TextStyle = {}): Mark {
  const enter = Object.fromEntries(Object.entries(style).map(([key, value]) => [key, { value }]));
  return {
    type: 'text',
    encode: { enter: { text: { value: content }, x: { value: x }, y: { value: y }, ...enter } },
  } as Mark;
}

export function heading(content: string, x: number, y: number): Mark {
  return text(content, x, y, { fontSize: 13, fontWeight: 600 });
}

export function clipped(content: string, letters: number): string {
  return content.length <= letters ? content : `${content.slice(0, letters - 1)}…`;
}

export function box(x: number, y: number, width: number, height: number, fill: string): Mark {
  const enter = { x, y, width, height, fill };
  return {
    type: 'rect',
    encode: { enter: Object.fromEntries(Object.entries(enter).map(([key, value]) => [key, { value }])) },
  } as Mark;
}

export function group(x: number, y: number, width: number, height: number): GroupMark {
  return {
    type: 'group',
    encode: {
      enter: { x: { value: x }, y: { value: y }, width: { value: width }, height: { value: height } },
    },
    // What axes take the length of their grids from: without these, the page's.
    signals: [
      { name: 'width', value: width },
      { name: 'height', value: height },
    ],
  };
}

/** Values say everything themselves: position, size, colour. */
export function rectMark(values: readonly object[], height?: number): Mark {
  return marksOf(
    'rect',
    values,
    ['x', 'y', 'width', 'height', 'fill'],
    height === undefined ? {} : { height },
  );
}

export function crosses(values: readonly { readonly x: number; readonly y: number }[], size: number): Mark {
  const cross = 'M-1,-1L1,1M-1,1L1,-1';
  return marksOf('symbol', values, ['x', 'y'], { shape: cross, size, stroke: INK, strokeWidth: 1.5 });
}

function marksOf(
  type: 'rect' | 'symbol',
  values: readonly object[],
  fields: readonly string[],
  constants: Readonly<Record<string, unknown>>,
): Mark {
  const own = fields.filter((field) => !(field in constants));
  const enter = {
    ...Object.fromEntries(own.map((field) => [field, { field }])),
    ...Object.fromEntries(Object.entries(constants).map(([key, value]) => [key, { value }])),
  };
  return {
    type: 'group',
    data: [{ name: 'values', values }],
    marks: [{ type, from: { data: 'values' }, encode: { enter } }],
  } as Mark;
}

export function timeScale(until: number, width: number): Scale {
  return {
    name: 'x',
    type: 'linear',
    domain: [0, until],
    range: [0, width],
    zero: true,
    nice: false,
  } as Scale;
}

export function countScale(most: number, height: number): Scale {
  return { name: 'y', type: 'linear', domain: [0, most], range: [height, 0], nice: false } as Scale;
}

export function axis(orient: 'bottom' | 'left', scale: 'x' | 'y'): Axis {
  return { orient, scale, zindex: 0, domain: orient === 'bottom' };
}

export function timeAxis(width: number, title: string | undefined): Axis {
  return {
    ...axis('bottom', 'x'),
    tickCount: Math.round(width / 90),
    format: ',~r',
    labels: true,
    ...(title !== undefined && { title, titlePadding: 8 }),
  } as Axis;
}

export function countAxis(most: number, ticks: number): Axis {
  return {
    ...axis('left', 'y'),
    ticks: false,
    labelPadding: 6,
    grid: true,
    tickCount: Math.min(ticks, most),
    tickMinStep: 1,
    format: ',d',
  } as Axis;
}
