import type { GatewayProcess } from './gateway-process.ts';

const METRIC =
  /^(?:# (?:HELP|TYPE) .+|[a-zA-Z_:][\w:]*(?:\{[^\n]*\})? (?:-?[\d.]+(?:e[-+]?\d+)?|[+-]Inf|NaN))$/;

/** Reads what the gateway shows of itself; returns what is wrong with it, or null. */
export async function checkAdmin(gateway: GatewayProcess): Promise<string | null> {
  if (gateway.adminUrl === null) return null;
  try {
    const metrics = await read(`${gateway.adminUrl}/metrics`);
    const bad = metrics.split('\n').find((line) => line !== '' && !METRIC.test(line));
    if (bad !== undefined) return `/metrics has the line ${JSON.stringify(bad)}`;
    JSON.parse(await read(`${gateway.adminUrl}/streams`));
    return null;
  } catch (error) {
    return `the admin server failed: ${(error as Error).message}`;
  }
}

/** The sums of some counters, all labels together. */
export async function readCounters(gateway: GatewayProcess, names: readonly string[]): Promise<string> {
  if (gateway.adminUrl === null) return '';
  const lines = (await read(`${gateway.adminUrl}/metrics`)).split('\n');
  return names
    .map((name) => {
      const values = lines.filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
      const sum = values.reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' '))), 0);
      return `${name.replace(/^unclog_|_total$/g, '').replaceAll('_', ' ')}: ${sum}`;
    })
    .join(', ');
}

/** A line of the log that is none: requests must not be able to write lines of their own. */
export function isLogLine(line: string): boolean {
  try {
    const entry = JSON.parse(line) as { level?: unknown; msg?: unknown };
    return entry.level !== undefined && typeof entry.msg === 'string';
  } catch {
    return false;
  }
}

async function read(url: string): Promise<string> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  if (!answer.ok) throw new Error(`${url}: status ${answer.status}`);
  return answer.text();
}
