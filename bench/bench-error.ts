/** Something that ends the run; the message is all the user needs. */
export class BenchError extends Error {
  override readonly name = 'BenchError';
}
