/** The other end of child_process messages: the trivial call on numbers, everything else back as it came. */
process.on('message', (message) => {
  process.send(typeof message === 'number' ? message + 1 : message);
});
