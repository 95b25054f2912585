import { createOrigin } from '../origin/origin.ts';
import type { ObserveProgress } from '../probe/observe.ts';
import { runProbe } from '../probe/run-probe.ts';
import type { Report, ReportHop } from '../types.ts';
import type { HopSource } from './hop.ts';
import { buildStage, type DemoPath, type PathId } from './stage.ts';

/** The stream that all paths carry. The first event is late so that a response head which waits for it shows. */
export const DEMO_STREAM = { events: 8, intervalMs: 400, firstDelayMs: 1_000 } as const;

/** How long the stream takes from request to end. */
export const DEMO_STREAM_MS = DEMO_STREAM.firstDelayMs + (DEMO_STREAM.events - 1) * DEMO_STREAM.intervalMs;

/** Requests for a stream: one for each path, and one beside each of the others to the origin for comparison. */
export const DEMO_REQUESTS = 9;

/** What was measured on one path. */
export interface DemoRow {
  id: PathId;
  title: string;
  /** The hop of `report` that this row is about. */
  hop: ReportHop;
  /** The probe's report: the origin itself, then (but for the direct path) the path. */
  report: Report;
}

/** The comparison. */
export interface DemoResult {
  source: Pick<HopSource, 'name' | 'from'> & {
    /** `given`: paths that something else has started. */
    kind: HopSource['kind'] | 'given';
  };
  rows: DemoRow[];
  /** True when the hop that holds was seen to hold. */
  shown: boolean;
  /** True when the stream flowed through the gateway behind the same hop, and through the hop's own fix. */
  fixed: boolean;
}

export interface DemoOptions {
  signal?: AbortSignal;
  /** How far each path is; the hop's name is the path's id. */
  onProgress?: (progress: ObserveProgress) => void;
}

/**
 * Starts everything, probes all paths at the same time, and stops everything.
 * @throws ListenError, NginxStartError when a part cannot start
 */
export async function runDemo(source: HopSource, options: DemoOptions = {}): Promise<DemoResult> {
  const origin = await createOrigin({ ...DEMO_STREAM, listen: { host: '127.0.0.1', port: 0 } });
  try {
    const stage = await buildStage(source, origin.url);
    try {
      const { kind, name, from } = source;
      return { source: { kind, name, from }, ...(await judgePaths(stage.paths, options)) };
    } finally {
      await stage.close();
    }
  } finally {
    await origin.close();
  }
}

/** Probes all paths at the same time and compares them; one of them is `direct`. */
export async function judgePaths(
  paths: readonly DemoPath[],
  options: DemoOptions,
): Promise<Omit<DemoResult, 'source'>> {
  const direct = paths.find((path) => path.id === 'direct');
  if (direct === undefined) throw new Error('the stage has no direct path');
  const rows = await Promise.all(paths.map((path) => probePath(path, direct, options)));
  return { rows, ...judge(rows) };
}

async function probePath(
  path: DemoPath,
  direct: DemoPath,
  { signal, onProgress }: DemoOptions,
): Promise<DemoRow> {
  // The same stream through the nearer side is what turns "late" into "held by this hop".
  const targets = path === direct ? [direct] : [direct, path];
  const report = await runProbe(
    targets.map(({ id, url }) => ({ name: id, url })),
    {
      waitFirstMs: DEMO_STREAM_MS + 10_000,
      durationMs: DEMO_STREAM_MS + 5_000,
      ...(signal === undefined ? {} : { signal }),
      onProgress(progress) {
        if (progress.hop === path.id) onProgress?.(progress);
      },
    },
  );
  const hop = report.hops.find(({ name }) => name === path.id);
  if (hop === undefined) throw new Error(`the report has no hop "${path.id}"`);
  return { id: path.id, title: path.title, hop, report };
}

function judge(rows: DemoRow[]): Pick<DemoResult, 'shown' | 'fixed'> {
  const verdict = (id: PathId) => rows.find((row) => row.id === id)?.hop.verdict;
  return {
    shown: verdict('direct') === 'streaming' && verdict('held') === 'held',
    fixed: verdict('gateway') === 'streaming' && verdict('fixed') === 'streaming',
  };
}
