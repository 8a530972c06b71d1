/** Three calls count on one counter: each gets a number that no other gets, and afterwards it is there for all to read. */
import { connect } from '@skein/dso';
import { FunctionExecutor } from '@skein/executor';

await using dso = await connect();
await using executor = new FunctionExecutor();

const cnt = dso.counter('cnt');
const results = await executor.map(() => cnt.increment(), ['a', 'b', 'c']);

console.log(results.sort()); // [ 1, 2, 3 ]: who got which, nobody knows before
console.log(await cnt.tally()); // 3
await dso.delete(cnt);
