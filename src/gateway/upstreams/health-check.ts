import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { HealthCheckOptions } from './options.ts';
import type { Target } from './target.ts';
import type { Upstream } from './upstream.ts';

/** Asks each target of an upstream again and again; returns a function that stops it. */
export function startHealthChecks(upstream: Upstream): () => void {
  const { healthCheck } = upstream.settings;
  if (healthCheck === null) return () => {};
  const stops = upstream.targets.map((target) => watchTarget(upstream, target, healthCheck));
  return () => {
    for (const stop of stops) stop();
  };
}

function watchTarget(upstream: Upstream, target: Target, check: Required<HealthCheckOptions>): () => void {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let abort: () => void = () => {};
  let isFirst = true;
  /** Checks in a row that say other than what is held to be true. */
  let contrary = 0;

  const heard = (problem: string | null): void => {
    if (stopped) return;
    const isGood = problem === null;
    contrary = isGood === target.state.isHealthy ? 0 : contrary + 1;
    const needed = isFirst ? 1 : isGood ? check.healthyAfter : check.unhealthyAfter;
    isFirst = false;
    if (contrary >= needed) {
      contrary = 0;
      upstream.setHealthy(target, isGood, problem ?? 'good checks');
    }
    timer = setTimeout(ask, check.intervalMs);
  };
  const ask = (): void => {
    abort = askOnce(target, check, heard);
  };
  ask();
  return () => {
    stopped = true;
    clearTimeout(timer);
    abort();
  };
}

/** One check; `onEnd` gets null for a good one, else what was wrong. Returns a function that gives it up. */
function askOnce(
  { at }: Target,
  check: Required<HealthCheckOptions>,
  onEnd: (problem: string | null) => void,
): () => void {
  let isOver = false;
  const end = (problem: string | null): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(late);
    outgoing.destroy();
    onEnd(problem);
  };
  const outgoing = (at.tls ? requestHttps : requestHttp)({
    ...(at.socketPath === null ? { host: at.hostname, port: at.port } : { socketPath: at.socketPath }),
    path: at.basePath + check.path,
    agent: false,
    headers: { Host: at.authority, 'User-Agent': 'unclog-health-check', ...check.headers },
    ...(at.tls && { servername: at.serverName }),
    ...(at.secureContext !== null && { secureContext: at.secureContext }),
  });
  const late = setTimeout(() => end(`no answer within ${check.timeoutMs} ms`), check.timeoutMs);
  outgoing.on('response', ({ statusCode = 0 }) =>
    end(statusCode >= 200 && statusCode < 400 ? null : `status ${statusCode}`),
  );
  // An unasked switch of protocols is no answer.
  outgoing.on('upgrade', () => end('status 101'));
  outgoing.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
  outgoing.on('close', () => end('closed without an answer'));
  outgoing.end();
  return () => {
    isOver = true;
    clearTimeout(late);
    outgoing.destroy();
  };
}
