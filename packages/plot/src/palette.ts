/** Okabe and Ito's colours, which people with any kind of colour vision can tell apart; a failure has a cross as well. */
import type { Outcome } from './job.ts';

export const OUTCOME_COLORS: Readonly<Record<Outcome, string>> = {
  success: '#0072b2',
  retried: '#56b4e9',
  failed: '#d55e00',
};

export const WAITING = '#d9dde3';
export const RETURNING = '#a4aebb';

export const INK = '#1f2933';
export const MUTED = '#5f6b7a';
export const GRID = '#e8ebef';
export const PAPER = '#ffffff';

/** Inter is what PNGs are drawn with; whoever reads an SVG has the others. */
export const FONTS = "Inter, system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";
