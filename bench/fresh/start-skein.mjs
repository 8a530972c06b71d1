import { FunctionExecutor } from '@skein/executor';

const executor = new FunctionExecutor({ workers: 2 });
console.log(await executor.callAsync((n) => n + 1, 41));
await executor.close();
