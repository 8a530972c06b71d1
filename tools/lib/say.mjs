/** What the repo's own tools print: one line for each step, with its time. */

/** @param {number} ms */
export function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`;
}

/**
 * Runs a step and prints one line for it; on a terminal the line appears before the work, then gets its time.
 *
 * @template T
 * @param {string} title
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(title, work) {
  const began = performance.now();
  const live = process.stdout.isTTY;
  if (live) process.stdout.write(`${title} …`);
  /** @param {string} how */
  const end = (how) => {
    console.log(`${live ? '\r\x1b[K' : ''}${title}: ${how}${seconds(performance.now() - began)}`);
  };
  try {
    const result = await work();
    end('');
    return result;
  } catch (error) {
    end('failed after ');
    throw error;
  }
}
