/** Bad input: its message is one clear sentence that names the flag, file or header and says what was expected. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
