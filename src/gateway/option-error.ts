/** An option that cannot be used; the message names it and says what was expected. */
export class GatewayOptionError extends Error {
  override readonly name = 'GatewayOptionError';
}
