let watching = false;

/** A reader that leaves early, such as `head`, is no failure: the command ends, quietly. */
export function endWithReader(): void {
  if (watching) return;
  watching = true;
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      process.exit();
    });
  }
}
