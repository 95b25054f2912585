import { withoutHopByHop } from '../http/hop-by-hop.ts';
import { GatewayError } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { LIMITS } from './limits.ts';
import { without } from './response-head.ts';
import type { UpstreamHead } from './upstream-head.ts';

/** The 1xx responses before one answer (RFC 9110 section 15.2). */
export class InterimResponses {
  readonly #expectsContinue: boolean;
  #count = 0;
  #continued = false;

  constructor(expectsContinue: boolean) {
    this.#expectsContinue = expectsContinue;
  }

  /**
   * Passes one on, but 100 only where it was asked for, none to HTTP/1.0, 101 never unasked.
   * @throws GatewayError for 101, and for more of them than any server has use for.
   */
  pass({ client, isHttp10, headSent }: Exchange, head: UpstreamHead): void {
    if (head.status === 101) throw new GatewayError('upgrade-failed', 'unasked 101');
    if (++this.#count > LIMITS.interimResponses) throw new GatewayError('response-malformed', 'endless 1xx');
    // Behind a head that was sent early it would be part of the body.
    if (isHttp10 || headSent) return;
    if (head.status === 100) {
      if (!this.#expectsContinue || this.#continued) return;
      this.#continued = true;
      client.sendContinue();
      return;
    }
    const fields = without(withoutHopByHop(head.headers), ['content-length', 'trailer']);
    client.sendInterim(head.status, head.reason, fields);
  }
}
