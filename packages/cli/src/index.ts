export { main } from './main.ts';
export { summaryLine, type Totals } from './summary.ts';
