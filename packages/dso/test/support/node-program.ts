/** A node in a process of its own, for tests: it ends with its parent. Said to the parent: where it listens. */
import { Node, type NodeOptions } from '../../src/server/index.ts';
import { listen } from '../../src/server/listen.ts';

/** What the parent asks of a node that runs. */
export type NodeQuestion = 'memory' | 'replies';

const options = JSON.parse(process.argv[2] ?? '{}') as NodeOptions & { readonly path?: string };
const node = new Node({ ...options, allowUserCode: true, print: () => {} });
const listening = await listen(
  node,
  options.path === undefined ? { host: '127.0.0.1', port: 0 } : { path: options.path },
);
process.on('disconnect', () => process.exit(0));
process.on('message', (question: NodeQuestion) => {
  // Without a collection, memory would say what was used once.
  if (question === 'memory') (globalThis as { gc?: () => void }).gc?.();
  process.send?.(question === 'memory' ? process.memoryUsage().rss : keptReplies());
});
process.send?.(
  listening.port === undefined ? `dso+unix:${options.path}` : `dso://127.0.0.1:${listening.port}`,
);

/** Answers that the node keeps for clients that may ask again. */
function keptReplies(): number {
  const slots = new Set([...node.engine.cells()].map(({ slot }) => slot));
  let kept = 0;
  for (const slot of slots) {
    for (const session of node.engine.slot(slot)?.sessions.values() ?? []) kept += session.replies.size;
  }
  return kept;
}
