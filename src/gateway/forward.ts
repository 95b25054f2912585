import { publish } from './channels.ts';
import { GatewayError } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { factsOf } from './exchange-facts.ts';
import type { OrdinaryTransport } from './ordinary.ts';
import { relay } from './relay.ts';
import { type ForwardRequest, readRequest } from './request-head.ts';
import type { UpgradeRequest, UpgradeTransport } from './upgrade.ts';

/** The ways to the upstream. */
export interface Transports {
  ordinary: OrdinaryTransport;
  upgrade: UpgradeTransport;
}

/**
 * A request through the gateway, top to bottom:
 *
 * 1. request head: checked, hop-by-hop fields out, forwarded fields in (request-head.ts)
 * 2. route: asked of this hop itself → answered; declared stream paths, and what asks to be → our relay; upgrades → http-proxy; everything else → undici's pool
 * 3. upstream: connect, send, read the response head (relay.ts and upstream-head.ts, ordinary.ts, upgrade.ts)
 * 4. response head: hop-by-hop fields out, opt-outs in on streams (response-head.ts), sent on at once
 * 5. body: bytes in → bytes out in the same turn; no reading while the client does not read
 * 6. end, booked once (exchange.ts): whole | client gone → upstream aborted | upstream broke → client broken off
 */
export function forward(
  exchange: Exchange,
  transports: Transports,
  upgrade: UpgradeRequest | null = null,
): void {
  try {
    const request = readRequest(exchange.req, exchange.settings);
    exchange.path = request.path;
    exchange.takesTrailers = request.takesTrailers;
    chooseRoute(exchange, request, upgrade !== null);
    publish('unclog:request:start', () => factsOf(exchange));
    if (request.maxForwards === 0) answerItself(exchange, request);
    else if (exchange.route === 'ordinary') transports.ordinary.forward(exchange, request);
    else {
      exchange.claimStream();
      if (upgrade !== null) transports.upgrade(exchange, request, upgrade);
      else relay(exchange, request);
    }
  } catch (error) {
    exchange.fail(error);
  }
}

/** RFC 9110 section 7.6.2: such a request is for this hop. `TRACE` would show what the gateway was sent. */
function answerItself(exchange: Exchange, request: ForwardRequest): void {
  if (request.method !== 'OPTIONS') throw new GatewayError('method-not-supported');
  exchange.answerOptions();
}

function chooseRoute(exchange: Exchange, request: ForwardRequest, isUpgrade: boolean): void {
  if (isUpgrade) exchange.route = 'upgrade';
  // A request that asks for it: the pool would keep its head until the body begins (RFC 10036 section 3).
  else if (request.isIncremental || exchange.settings.isStreamPath(request.path)) exchange.route = 'stream';
}
