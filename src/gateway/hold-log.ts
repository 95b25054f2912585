import type { Logger } from 'pino';
import type { Exchange } from './exchange.ts';
import { factsOf } from './exchange-facts.ts';
import type { HoldKind } from './stream-watch.ts';

/** Behind one holding hop every stream is held: the log says so once in so long, and how often it was seen since. */
const QUIET_MS = 60_000;

const SENTENCES: Readonly<Record<HoldKind, string>> = {
  bursts: 'events come in bursts: something before the gateway holds them, or the upstream makes them so',
  'late-start':
    'head and many events came together, late: something before the gateway held them, or the upstream made them so',
  'late-head':
    'the head came late and with the first event: the upstream is slow, or something before the gateway keeps the head until then',
};

/** Logs holds that are seen, a few of them. */
export type HoldLog = (logger: Logger, exchange: Exchange, kind: HoldKind) => void;

export function createHoldLog(): HoldLog {
  const last = new Map<string, { atMs: number; unsaid: number }>();
  return (logger, exchange, kind) => {
    const target = exchange.targetOrigin;
    const key = `${kind} ${target}`;
    const nowMs = performance.now();
    const before = last.get(key);
    if (before !== undefined && nowMs - before.atMs < QUIET_MS) {
      before.unsaid++;
      return;
    }
    last.set(key, { atMs: nowMs, unsaid: 0 });
    const line = { ...factsOf(exchange), hold: kind, ...(before?.unsaid && { alsoSeen: before.unsaid }) };
    // A slow model and a held head look the same: no reason to wake anybody.
    logger[kind === 'late-head' ? 'info' : 'warn'](line, SENTENCES[kind]);
  };
}
