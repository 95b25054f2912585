import { Transform } from 'node:stream';
import { GatewayError } from './errors.ts';
import type { Exchange } from './exchange.ts';
import type { RequestFraming } from './request-head.ts';

/**
 * Holds a request body to what its route allows. A length that is too large is refused before anything is sent; a body
 * that does not say how long it is is counted as it comes, and given up where it grows too large.
 * @throws GatewayError for a length that is too large
 */
export function limitRequestBody(exchange: Exchange, framing: RequestFraming): void {
  const { maxRequestBodyBytes } = exchange.settings;
  if (maxRequestBodyBytes === null || framing.kind === 'none') return;
  if (framing.kind === 'length') {
    if (framing.bytes > maxRequestBodyBytes) throw new GatewayError('request-body-too-large');
    return;
  }
  const source = exchange.body;
  let bytes = 0;
  const counted = new Transform({
    transform(piece: Buffer, _encoding, pass) {
      bytes += piece.length;
      if (bytes <= maxRequestBodyBytes) {
        pass(null, piece);
        return;
      }
      source.unpipe(counted);
      exchange.fail(new GatewayError('request-body-too-large'), 'request-body-too-large');
      exchange.abortUpstream();
    },
  });
  counted.on('error', () => {});
  exchange.body = source.pipe(counted);
}
