import type { Figures } from './results.ts';
import type { ScenarioId } from './scenarios.ts';

/** One column of a scenario's table. */
export interface FigureKind {
  id: string;
  label: string;
  digits: number;
  better: 'lower' | 'higher';
  /** Is it compared with nginx and with the best library? */
  compared: boolean;
  /** Does it stand in the chart? */
  charted?: string;
  /** The value in one sample; null where it has none. `direct` is the same round's run without a proxy. */
  read(figures: Figures, direct: Figures | null): number | null;
}

const field =
  (name: string, scale = 1) =>
  (figures: Figures): number | null => {
    const value = figures[name];
    return typeof value === 'number' ? value * scale : null;
  };

const cpuUs = (figures: Figures): number | null => {
  const [user, system] = [field('proxyUserUs')(figures), field('proxySystemUs')(figures)];
  // Direct has no proxy; a proxy that used less than one tick of the clock cannot be judged.
  return user === null || system === null || user + system === 0 ? null : user + system;
};

const perCpu = (count: string, figures: Figures): number | null => {
  const [cpu, counted] = [cpuUs(figures), field(count)(figures)];
  return cpu === null || counted === null || counted === 0 ? null : cpu / counted;
};

const added = (name: string) => (figures: Figures, direct: Figures | null) => {
  const [with_, without] = [field(name)(figures), direct === null ? null : field(name)(direct)];
  return with_ === null || without === null || cpuUs(figures) === null ? null : with_ - without;
};

const plain = (
  id: string,
  label: string,
  digits: number,
  read: FigureKind['read'],
  better: FigureKind['better'] = 'lower',
): FigureKind => ({ id, label, digits, better, compared: false, read });

const compared = (kind: FigureKind, charted?: string): FigureKind => ({
  ...kind,
  compared: true,
  ...(charted !== undefined && { charted }),
});

const SPARSE = (charted: string): FigureKind[] => [
  compared(
    plain('cpu', 'CPU µs/event', 1, (figures) => perCpu('events', figures)),
    charted,
  ),
  plain('user', 'of it user', 1, (figures) => {
    const [user, events] = [field('proxyUserUs')(figures), field('events')(figures)];
    return cpuUs(figures) === null || user === null || !events ? null : user / events;
  }),
  compared(plain('addedP50', 'added p50 µs', 0, added('p50Us'))),
  compared(plain('addedP99', 'added p99 µs', 0, added('p99Us'))),
  plain('p50', 'p50 µs', 0, field('p50Us')),
  plain('p99', 'p99 µs', 0, field('p99Us')),
];

const BULK = (charted: string): FigureKind[] => [
  compared(plain('rate', 'events/s (k)', 0, field('eventsPerSecond', 1e-3), 'higher')),
  compared(
    plain(
      'perCpuSecond',
      'events/CPU-s (k)',
      0,
      (figures) => {
        const each = perCpu('events', figures);
        return each === null ? null : 1e3 / each;
      },
      'higher',
    ),
    charted,
  ),
  plain('util', 'proxy busy', 2, (figures) =>
    cpuUs(figures) === null ? null : field('proxyUtilisation')(figures),
  ),
  plain('generator', 'generator busy', 2, field('generatorUtilisation')),
  plain('rss', 'RSS MB', 0, (figures) =>
    cpuUs(figures) === null ? null : field('rssKb', 1 / 1024)(figures),
  ),
];

const CHURN: FigureKind[] = [
  compared(plain('rate', 'streams/s', 0, field('streamsPerSecond'), 'higher'), 'Churn: streams per second'),
  compared(plain('cpu', 'CPU µs/stream', 0, (figures) => perCpu('streams', figures))),
  plain('ttfeP50', 'first event p50 ms', 2, field('firstEventP50Ms')),
  plain('ttfeP99', 'first event p99 ms', 2, field('firstEventP99Ms')),
  plain('generator', 'generator busy', 2, field('generatorUtilisation')),
  plain('leaked', 'leaked', 0, field('originsLeaked')),
];

const ABORT: FigureKind[] = [
  compared(
    plain('lastClose', 'all closed after ms', 1, (figures) =>
      field('stillOpen')(figures) === 0 ? field('lastCloseMs')(figures) : null,
    ),
  ),
  plain('stillOpen', 'still open', 0, field('stillOpen')),
];

const STALL: FigureKind[] = [
  compared(plain('rssGrowth', 'RSS growth MB', 1, (figures) => field('rssGrowthKb', 1 / 1024)(figures))),
  plain('held', 'held KiB', 0, field('heldBytes', 1 / 1024)),
  plain('accepted', 'taken from origin MB', 1, field('acceptedBytes', 1e-6)),
];

/** Direct speaks no TLS, so there is nothing that latency is added to. */
const ENCRYPTED_SPARSE: FigureKind[] = uncharted(SPARSE('')).flatMap((kind) => {
  if (kind.id.startsWith('added')) return [];
  return [kind.id.startsWith('p') ? compared(kind) : kind];
});

/** The chart is about plain HTTP. */
function uncharted(kinds: readonly FigureKind[]): FigureKind[] {
  return kinds.map(({ charted: _, ...kind }) => kind);
}

function idleKinds(levels: readonly number[]): FigureKind[] {
  return levels.map((level, i) => {
    const read = (figures: Figures): number | null => figures.levels?.[i]?.kbPerStream ?? null;
    const kind = compared(plain(`kb${level}`, `KB/stream at ${level.toLocaleString('en')}`, 1, read));
    return i < levels.length - 1
      ? kind
      : { ...kind, charted: `Memory per idle stream, KB, at ${level.toLocaleString('en')}` };
  });
}

/** The columns of a scenario. `levels` are the numbers of idle streams that were reached for. */
export function figureKinds(scenario: ScenarioId, levels: readonly number[]): FigureKind[] {
  switch (scenario) {
    case 'sparse-200':
      return SPARSE('Sparse events: CPU µs per event');
    case 'sparse-2000':
      return SPARSE('Sparse events, ten times the streams: CPU µs per event');
    case 'bulk-100':
      return BULK('Bulk, 100 B events: thousand events per CPU second');
    case 'bulk-1000':
      return BULK('Bulk, 1 kB events: thousand events per CPU second');
    case 'churn':
      return CHURN;
    case 'idle':
      return idleKinds(levels);
    case 'abort-silent':
    case 'abort-active':
      return ABORT;
    case 'stall':
      return STALL;
    case 'tls-sparse':
    case 'h2-sparse':
      return ENCRYPTED_SPARSE;
    case 'tls-bulk':
    case 'h2-bulk':
      return uncharted(BULK(''));
    case 'tls-churn':
    case 'h2-churn':
      return uncharted(CHURN);
    case 'tls-idle':
    case 'h2-idle':
      return uncharted(idleKinds(levels));
  }
}
