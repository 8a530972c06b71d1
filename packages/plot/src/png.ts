import { fileURLToPath } from 'node:url';
import type { PlottedJob } from './job.ts';
import { svg } from './svg.ts';

const fontFiles = ['Inter-Regular.ttf', 'Inter-SemiBold.ttf'].map((name) =>
  fileURLToPath(new URL(`../assets/${name}`, import.meta.url)),
);

/** What the fonts that come along can write: names in Latin, Greek and Cyrillic letters, and what numbers need. */
const WRITABLE = /^[\n\u0020-\u007e\u00a0-\u017f\u0370-\u045f\u2010-\u2027\u2190-\u2193\u2212]*$/;

/** The same picture as {@link svg}, with two pixels for each of its units. It needs no fonts of the machine. */
export async function png(jobs: readonly PlottedJob[]): Promise<Uint8Array> {
  const picture = await svg(jobs);
  const { renderAsync } = await import('@resvg/resvg-js');
  const rendered = await renderAsync(picture, {
    font: {
      fontFiles,
      // Looking for fonts takes longer than drawing.
      loadSystemFonts: !WRITABLE.test(picture),
      defaultFontFamily: 'Inter',
      sansSerifFamily: 'Inter',
    },
    fitTo: { mode: 'zoom', value: 2 },
  });
  return rendered.asPng();
}
