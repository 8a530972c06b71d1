// Moved: see tools/servers/for-tests.ts
export { serverForTests } from '../../../../tools/servers/for-tests.ts';
