import { decode } from 'fast-png';
import { describe, expect, test } from 'vitest';
import { html, png, svg, table } from '../src/index.ts';
import { jobOf } from './support/jobs.ts';

describe('png', () => {
  test('is the picture at two pixels a unit', async () => {
    const jobs = [jobOf({ calls: 6 })];
    const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(await svg(jobs)) ?? [];
    const image = decode(await png(jobs));
    expect([image.width, image.height]).toEqual([2 * Number(width), 2 * Number(height)]);
  });

  // Fonts of the machine are not looked for when names are in Latin letters, so this holds where there are none.
  test('has legible text without any font of the machine', async () => {
    const image = decode(await png([jobOf({ calls: 6, name: 'Größe_of_Ωμέγα_и_щ' })]));
    // The title's line: enough ink for its letters, and not the frames that stand for missing ones.
    expect(inkOf(image, 40, 80)).toBeGreaterThan(2_000);
    // The headline below it.
    expect(inkOf(image, 90, 120)).toBeGreaterThan(500);
  });

  test('draws other letters with the fonts that the machine has, and never fails for them', async () => {
    const image = decode(await png([jobOf({ calls: 2, name: '計算する' })]));
    expect(image.width).toBe(1920);
  });
});

describe('html', () => {
  test('is one file with the picture and a table', async () => {
    const page = await html([jobOf({ calls: 6, name: 'a < b' })]);
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).toContain('<svg ');
    expect(page).toContain('<td style="text-align: left">a &lt; b</td>');
    expect(page).toContain('<td style="text-align: right">6</td>');
    expect(page).not.toMatch(/<script|<link|src=|@import|url\(/);
  });

  test('has the further columns that it is given', async () => {
    const page = await html([jobOf({ calls: 1 })], { more: [{ cost: '0.12 USD' }] });
    expect(page).toContain('<th style="text-align: right">cost</th>');
    expect(page).toContain('<td style="text-align: right">0.12 USD</td>');
  });

  test('its table stands alone too, for other pages', () => {
    const jobs = [jobOf({ calls: 3 }), jobOf({ calls: 0, jobId: 'M001', name: 'none' })];
    const text = table(jobs);
    expect(text).toMatch(/^<table>[\s\S]*<\/table>$/);
    expect(text.split('<tr>').length - 1).toBe(3);
    expect(text).toContain('<td style="text-align: right">–</td>');
  });
});

/** Pixels that are dark, in some rows. */
function inkOf(image: ReturnType<typeof decode>, from: number, to: number): number {
  let ink = 0;
  for (let at = from * image.width; at < to * image.width; at++)
    if (image.data[at * image.channels]! < 128) ink++;
  return ink;
}
