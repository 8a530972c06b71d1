/**
 * The Mandelbrot set by divide and conquer: a box whose edge is of one shade is of that shade within, any other maps over
 * its own quarters. How deep that goes nobody knows before. One worker is enough: a call that waits gives up its place.
 */
import assert from 'node:assert/strict';
import { FunctionExecutor } from '@skein/executor';

const shades = ' .:-=+*#%@';
const deepest = 100;

/** A part of the picture, in characters. */
interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** By how soon a point escapes; the last shade is of those that do not. */
function shade(column: number, row: number): string {
  const re = (column + 0.5) / 32 - 2.4;
  const im = (row + 0.5) / 16 - 1.25;
  let x = 0;
  let y = 0;
  let n = 0;
  while (n < deepest && x * x + y * y <= 4) {
    [x, y] = [x * x - y * y + re, 2 * x * y + im];
    n++;
  }
  return shades[Math.floor((Math.log(n) / Math.log(deepest)) * (shades.length - 1))]!;
}

function lines({ left, top, width, height }: Box): string[] {
  const points = Array.from({ length: width }, (_, x) => left + x);
  return Array.from({ length: height }, (_, y) => points.map((column) => shade(column, top + y)).join(''));
}

function edges({ left, top, width, height }: Box): Box[] {
  return [
    { left, top, width, height: 1 },
    { left, top: top + height - 1, width, height: 1 },
    { left, top, width: 1, height },
    { left: left + width - 1, top, width: 1, height },
  ];
}

function quarters({ left, top, width, height }: Box): Box[] {
  const half = { width: width / 2, height: height / 2 };
  return [
    { left, top, ...half },
    { left: left + half.width, top, ...half },
    { left, top: top + half.height, ...half },
    { left: left + half.width, top: top + half.height, ...half },
  ];
}

async function draw(box: Box): Promise<string[]> {
  const [shade, ...others] = new Set(edges(box).flatMap(lines).join(''));
  if (others.length === 0) return Array<string>(box.height).fill(shade!.repeat(box.width));
  if (box.width <= 12) return lines(box);
  // The executor that runs this call runs its calls too.
  const [nw, ne, sw, se] = await executor.map(draw, quarters(box));
  return [...nw!.map((line, y) => line + ne![y]), ...sw!.map((line, y) => line + se![y])];
}

const whole: Box = { left: 0, top: 0, width: 96, height: 40 };

await using executor = new FunctionExecutor({ workers: 1 });
const picture = await executor.callAsync(draw, whole);

assert.deepEqual(picture, lines(whole));
console.log(picture.join('\n'));
