/** The command was called wrongly: the message is for the person at the terminal, a stack would only hide it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
