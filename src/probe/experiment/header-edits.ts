import { hasAccelOptOut, hasIncremental, hasNoTransform } from '../../knowledge/readings.ts';
import type { ExperimentFacts, HeaderEdits, HeaderList } from '../../types.ts';
import type { Lab, Trial } from './lab.ts';
import type { StreamPlan } from './plans.ts';

/** Fields of one connection (RFC 9110 section 7.6.1), and those that frame or date a message: theirs to change. */
const OWN_OF_A_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'content-length',
  'date',
  'host',
]);

const OPTED_OUT: StreamPlan = {
  stream: 'all opt-outs',
  events: 2,
  lengthMs: 200,
  query: { events: '2', interval: '50ms', size: '40', 'opt-out': 'all' },
};

export interface EditsFound {
  edits: ExperimentFacts['edits'];
  strippedOptOuts: ExperimentFacts['strippedOptOuts'];
  /** The stream they were seen on, and its response fields as they left the origin. */
  trial: Trial;
  sentHeaders: HeaderList | null;
}

/** Sends a stream with every opt-out and compares, in both directions, what left one end with what came to the other. */
export async function findHeaderEdits(lab: Lab): Promise<EditsFound> {
  const trial = await lab.watch(OPTED_OUT);
  const { request, response } = trial.observation;
  const [seen] = await lab.seen(trial.token);
  const sent = seen?.sentHeaders ?? null;
  if (seen === undefined || sent === null || response === null)
    return { edits: null, strippedOptOuts: [], trial, sentHeaders: sent };
  const lost = (has: (headers: HeaderList) => boolean): boolean => has(sent) && !has(response.headers);
  const strippedOptOuts: ExperimentFacts['strippedOptOuts'] = [
    ...(lost(hasAccelOptOut) ? (['x-accel-buffering'] as const) : []),
    ...(lost(hasIncremental) ? (['incremental'] as const) : []),
    ...(lost(hasNoTransform) ? (['no-transform'] as const) : []),
  ];
  return {
    edits: {
      request: compareFields(request.headers, seen.headers),
      response: compareFields(sent, response.headers),
    },
    strippedOptOuts,
    trial,
    sentHeaders: sent,
  };
}

/** What became of each field. Only names are told: values may be secrets. */
export function compareFields(sent: HeaderList, received: HeaderList): HeaderEdits {
  const before = byName(sent);
  const after = byName(received);
  return {
    added: [...after.keys()].filter((name) => !before.has(name)),
    removed: [...before.keys()].filter((name) => !after.has(name)),
    changed: [...before.keys()].filter((name) => after.has(name) && after.get(name) !== before.get(name)),
  };
}

function byName(fields: HeaderList): Map<string, string> {
  const found = new Map<string, string>();
  for (const [name, value] of fields) {
    const key = name.toLowerCase();
    if (OWN_OF_A_HOP.has(key)) continue;
    const known = found.get(key);
    found.set(key, known === undefined ? value.trim() : `${known}, ${value.trim()}`);
  }
  return found;
}
