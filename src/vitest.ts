/**
 * `import 'unclog/vitest'` adds a matcher to vitest's `expect`: `await expect(url).toStream()` fails unless the event
 * stream behind the URL arrives as it is sent, and prints the report that names the cause and the fix.
 */
import { expect } from 'vitest';
import { type ProbeOptions, runProbe } from './probe/run-probe.ts';
import type { ProbeTarget } from './probe/targets.ts';
import { formatReport } from './report/format.ts';
import type { Finding, Report } from './types.ts';

/** What {@link StreamMatchers.toStream} takes beside what the probe takes. */
export interface ToStreamOptions extends ProbeOptions {
  /** Request fields, for example `{ Authorization: 'Bearer …' }`; they go to the host of the first URL only. */
  headers?: Record<string, string>;
  /** Findings that do not count, for example `['missing-opt-out']`. */
  allow?: Finding['id'][];
}

export interface StreamMatchers<R> {
  /**
   * The stream arrives as it is sent. Takes a URL, several (nearest to the origin first: the last one is compared with
   * them), or hops with names. Watches 3 s from the first event on unless told otherwise.
   *
   * @example await expect('http://127.0.0.1:8080/stream').toStream({ durationMs: 2_000 })
   */
  toStream(options?: ToStreamOptions): Promise<R>;
}

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: vitest declares it so
  interface Matchers<T = any> extends StreamMatchers<T> {}
}

/** A test should be done in seconds. */
const DEFAULTS: ProbeOptions = { waitFirstMs: 5_000, durationMs: 3_000 };

type Received = string | URL | ProbeTarget | readonly (string | URL | ProbeTarget)[];

async function toStream(
  received: Received,
  options: ToStreamOptions = {},
): Promise<{ pass: boolean; message: () => string }> {
  const { headers = {}, allow = [], ...more } = options;
  const targets = toTargets(received, Object.entries(headers));
  const report = await runProbe(targets, { ...DEFAULTS, ...more });
  const pass = streams(report, allow);
  const text = formatReport(report, 'text', { color: false, unicode: false });
  return {
    pass,
    message: () => `expected the stream ${pass ? 'not ' : ''}to arrive as it is sent\n\n${text}`,
  };
}

/** Does every hop stream, without a finding that breaks or delays it? */
function streams({ hops, findings }: Report, allow: Finding['id'][]): boolean {
  return (
    hops.every(({ verdict }) => verdict === 'streaming') &&
    !findings.some(({ id, severity }) => severity === 'error' && !allow.includes(id))
  );
}

function toTargets(received: Received, headers: [string, string][]): ProbeTarget[] {
  const list = Array.isArray(received) ? (received as (string | URL | ProbeTarget)[]) : [received as string];
  const targets = list.map((one): ProbeTarget => {
    if (typeof one === 'object' && !(one instanceof URL)) return one;
    return { name: new URL(one).host, url: String(one) };
  });
  const host = targets[0] === undefined ? '' : new URL(targets[0].url).hostname;
  return targets.map((target) =>
    new URL(target.url).hostname === host
      ? { ...target, headers: [...headers, ...(target.headers ?? [])] }
      : target,
  );
}

expect.extend({ toStream });
