/** A map of the United States with a dot for each city, drawn by Vega. */
import { readFileSync } from 'node:fs';
import { Error as ErrorsOnly, parse, type Spec, View } from 'vega';

export interface Dot {
  readonly city: string;
  /** Degrees. */
  readonly lon: number;
  readonly lat: number;
  /** What its colour says. */
  readonly mean: number;
  /** What its size says. */
  readonly reviews: number;
  /** Whether its name is written beside it. */
  readonly named: boolean;
}

const states: object = JSON.parse(
  readFileSync(new URL('../data/us-10m.json', import.meta.resolve('vega-datasets')), 'utf8'),
);

const specOf = (dots: readonly Dot[]): Spec => ({
  width: 900,
  height: 540,
  padding: 20,
  background: 'white',
  title: { text: 'Where guests are happy', fontSize: 20, anchor: 'start' },
  // Alaska and Hawaii stand below the others, as they do in every such map.
  projections: [{ name: 'map', type: 'albersUsa', scale: 1150, translate: [430, 260] }],
  data: [
    { name: 'states', values: states, format: { type: 'topojson', feature: 'states' } },
    {
      name: 'dots',
      values: [...dots],
      transform: [{ type: 'geopoint', projection: 'map', fields: ['lon', 'lat'] }],
    },
  ],
  scales: [
    {
      name: 'color',
      type: 'linear',
      domain: [-2, 2],
      clamp: true,
      range: { scheme: 'redyellowblue' },
    },
    { name: 'size', type: 'linear', zero: true, domain: { data: 'dots', field: 'reviews' }, range: [0, 300] },
  ],
  legends: [
    {
      fill: 'color',
      title: 'mean valence of rated words',
      direction: 'horizontal',
      orient: 'bottom',
      gradientLength: 240,
      titleLimit: 300,
    },
  ],
  marks: [
    {
      type: 'shape',
      from: { data: 'states' },
      encode: { enter: { fill: { value: '#eceff1' }, stroke: { value: 'white' } } },
      transform: [{ type: 'geoshape', projection: 'map' }],
    },
    {
      type: 'symbol',
      from: { data: 'dots' },
      encode: {
        enter: {
          x: { field: 'x' },
          y: { field: 'y' },
          size: { scale: 'size', field: 'reviews' },
          fill: { scale: 'color', field: 'mean' },
          stroke: { value: '#37474f' },
        },
      },
    },
    {
      type: 'text',
      from: { data: 'dots' },
      encode: {
        enter: {
          x: { field: 'x' },
          y: { field: 'y', offset: 20 },
          align: { value: 'center' },
          fontSize: { value: 12 },
          text: { signal: "datum.named ? [datum.city, format(datum.mean, '+.2f')] : ''" },
        },
      },
    },
  ],
});

/** As SVG. */
export async function draw(dots: readonly Dot[]): Promise<string> {
  const view = new View(parse(specOf(dots)), { renderer: 'none', logLevel: ErrorsOnly });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}
