import { publish } from './channels.ts';
import { awaitEarlyHead } from './early-head.ts';
import { GatewayError } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { factsOf } from './exchange-facts.ts';
import type { OrdinaryTransport } from './ordinary.ts';
import { relay } from './relay.ts';
import { limitRequestBody } from './request-body-limit.ts';
import { type ForwardRequest, readRequest } from './request-head.ts';
import { findRoute } from './routes.ts';
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
 * 2. route: the first that matches says where to and how (routes.ts). Asked of this hop itself → answered; declared
 *    stream routes, and what asks to be one → our relay; upgrades → http-proxy; everything else → undici's pool
 * 3. way in: a place among the streams, a target, or the wait for them (admission.ts)
 * 4. upstream: connect, send, read the response head (relay.ts and upstream-head.ts, ordinary.ts, upgrade.ts); the next
 *    target where there is no connection
 * 5. response head: hop-by-hop fields out, opt-outs in on streams (response-head.ts), sent on at once
 * 6. body: bytes in → bytes out in the same turn; no reading while the client does not read
 * 7. end, booked once (exchange.ts): whole | client gone → upstream aborted | upstream broke → client broken off
 */
export function forward(
  exchange: Exchange,
  transports: Transports,
  upgrade: UpgradeRequest | null = null,
): void {
  try {
    const request = readRequest(exchange.req, exchange.inForce);
    exchange.path = request.path;
    exchange.clientAddress = request.client;
    exchange.takesTrailers = request.takesTrailers;
    const route = findRoute(exchange.inForce.routes, request);
    if (route !== null) exchange.settings = route;
    exchange.route = chooseKind(exchange, request, upgrade !== null);
    publish('unclog:request:start', () => factsOf(exchange));
    if (request.maxForwards === 0) answerItself(exchange, request);
    else {
      if (route === null) throw new GatewayError('no-route');
      exchange.watchAge();
      send(exchange, request, transports, upgrade);
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

function chooseKind({ settings }: Exchange, request: ForwardRequest, isUpgrade: boolean): Exchange['route'] {
  if (isUpgrade) return 'upgrade';
  // A request that asks for it: the pool would keep its head until the body begins (RFC 10036 section 3).
  return request.isIncremental || settings.kind === 'stream' ? 'stream' : 'ordinary';
}

function send(
  exchange: Exchange,
  request: ForwardRequest,
  transports: Transports,
  upgrade: UpgradeRequest | null,
): void {
  const { admission } = exchange.host;
  if (upgrade !== null) {
    admission.enter(exchange, true, () => transports.upgrade(exchange, request, upgrade));
    return;
  }
  limitRequestBody(exchange, request.body);
  if (exchange.route === 'stream') {
    // Before the way in: a hop that waits for a first byte does so through a queue as well.
    awaitEarlyHead(exchange, request);
    admission.enter(exchange, true, () => relay(exchange, request));
  } else admission.enter(exchange, false, () => transports.ordinary.forward(exchange, request));
}
