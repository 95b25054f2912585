import type { LaneId } from './model.ts';
import type { LaneRecord } from './record.ts';

/** Sixteen characters that nobody used before. */
export function randomToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_');
}

/** What the streams of one run are like. */
export function planOf(
  id: LaneId,
  { events, intervalMs, quietMs }: { events: number; intervalMs: number; quietMs: number | null },
): LaneRecord['plan'] {
  return {
    events: id === 'quiet' ? 4 : events,
    eventBytes: id === 'large' ? 2_048 : 40,
    intervalMs,
    quietMs: id === 'quiet' ? (quietMs ?? 0) : 0,
  };
}

/** Address of an experiment stream below a base, with a token that keeps caches and shared requests out of it. */
export function streamUrl(base: string, query: Readonly<Record<string, string | number>>): string {
  const url = new URL('stream', base);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
  url.searchParams.set('token', randomToken());
  return url.href;
}

/** The stream of a lane. An EventSource that loses its connection goes on behind the last event. */
export function laneUrl(base: string, { id, plan }: Pick<LaneRecord, 'id' | 'plan'>): string {
  const { events, eventBytes, intervalMs, quietMs } = plan;
  return streamUrl(base, {
    events,
    size: eventBytes,
    interval: `${intervalMs}ms`,
    ...(quietMs > 0 ? { 'quiet-after': events / 2, quiet: `${quietMs}ms` } : {}),
    ...(id === 'eventsource' ? { resume: 'yes', retry: '500ms' } : {}),
  });
}
