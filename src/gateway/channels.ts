import { type Channel, channel } from 'node:diagnostics_channel';
import type { EndedBy, ExchangeFacts } from './exchange-facts.ts';
import type { Outcome } from './exchange-types.ts';
import type { HoldKind } from './stream-watch.ts';

/**
 * What a gateway tells those who embed it, by the name of the channel (`node:diagnostics_channel`). Nothing is made up
 * for a channel that nobody listens on.
 */
export interface GatewayMessages {
  /** A request has come. */
  'unclog:request:start': ExchangeFacts;
  /** The response head of the upstream was passed on. */
  'unclog:response:head': ExchangeFacts;
  /** The first event, or line, of a stream was passed on. */
  'unclog:stream:first-event': ExchangeFacts;
  /** A stream is held before it gets to the gateway; again when it turns out to be held in another way. */
  'unclog:stream:hold': ExchangeFacts & { hold: HoldKind };
  /** An exchange is over. */
  'unclog:request:end': ExchangeFacts & { outcome: Outcome; endedBy: EndedBy; detail: string | null };
  /** The shutdown has begun. */
  'unclog:gateway:drain': { open: number; delayMs: number; timeoutMs: number };
  /** New options are in force. */
  'unclog:gateway:reload': { needRestart: readonly string[] };
}

const channels = new Map<string, Channel>();

/** Publishes what `make` makes, if anybody listens. */
export function publish<N extends keyof GatewayMessages>(name: N, make: () => GatewayMessages[N]): void {
  let found = channels.get(name);
  if (found === undefined) {
    found = channel(name);
    channels.set(name, found);
  }
  if (found.hasSubscribers) found.publish(make());
}
