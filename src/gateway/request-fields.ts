import { headerTokens } from '../http/header-list.ts';
import type { HeaderList } from '../types.ts';
import { STAMP_FIELD } from './stream-options.ts';

/** The fields of a request, looked at once. */
interface SortedFields {
  /** Those that go on: no hop-by-hop fields, no framing, no claims about where the request comes from. */
  kept: HeaderList;
  /** Every value of `Host`. */
  hosts: string[];
  /** There are some that say more about the request than its `Host`. */
  isSpecial: boolean;
}

enum Fate {
  /** The field is not passed on, in either spelling (see {@link twinFate}). */
  dropped,
  droppedAsSpelt,
  /** Not passed on either; the request has to be looked at again for it. */
  special,
  host,
  /** Passed on, but looked at. */
  keptSpecial,
}

/**
 * Fields that the gateway writes itself or that concern one connection only (see hop-by-hop.ts), and what a client must
 * not be able to tell the upstream. Every `proxy-` and `x-forwarded-` field goes as well, and `Proxy`, which CGI turns into
 * a proxy setting.
 */
const FATES: ReadonlyMap<string, Fate> = new Map([
  ['host', Fate.host],
  ['connection', Fate.special],
  ['content-length', Fate.special],
  ['transfer-encoding', Fate.special],
  ['expect', Fate.special],
  ['te', Fate.special],
  ['trailer', Fate.dropped],
  ['keep-alive', Fate.dropped],
  ['upgrade', Fate.dropped],
  ['http2-settings', Fate.droppedAsSpelt],
  ['forwarded', Fate.dropped],
  ['x-real-ip', Fate.dropped],
  ['proxy', Fate.dropped],
  [STAMP_FIELD, Fate.dropped],
  ['incremental', Fate.keptSpecial],
  ['max-forwards', Fate.keptSpecial],
]);

/** Goes over Node's flat `rawHeaders` once. */
export function sortFields(raw: readonly string[]): SortedFields {
  const kept: HeaderList = [];
  const hosts: string[] = [];
  let isSpecial = false;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] as string;
    const value = raw[i + 1] as string;
    const lower = name.toLowerCase();
    const fate = FATES.get(lower) ?? fateOf(lower);
    if (fate === undefined) kept.push([name, value]);
    else if (fate === Fate.host) hosts.push(value);
    // What nearly every client says, and what nominates no other field.
    else if (fate === Fate.special && (lower !== 'connection' || value !== 'keep-alive')) isSpecial = true;
    else if (fate === Fate.keptSpecial) {
      kept.push([name, value]);
      isSpecial = true;
    }
  }
  return { kept, hosts, isSpecial };
}

function fateOf(lower: string): Fate | undefined {
  if (lower.includes('_')) return twinFate(lower.replaceAll('_', '-'));
  return isProxyOwn(lower) ? Fate.dropped : undefined;
}

/** Servers that map fields to CGI variables take `_` for `-`: such twins of fields that go, go too. */
function twinFate(name: string): Fate | undefined {
  const fate = FATES.get(name);
  if (fate === undefined) return isProxyOwn(name) ? Fate.dropped : undefined;
  return fate === Fate.droppedAsSpelt || fate === Fate.keptSpecial ? undefined : Fate.dropped;
}

function isProxyOwn(lower: string): boolean {
  return lower.startsWith('x-forwarded-') || lower.startsWith('proxy-');
}

/** `list` without the fields that `Connection` nominates. `received`: all fields of the request. */
export function withoutNominated(list: HeaderList, received: HeaderList): HeaderList {
  const nominated = headerTokens(received, 'connection');
  if (nominated.length === 0) return list;
  // A long list that is looked through for each field would take its square.
  const names = new Set(nominated);
  return list.filter(([name]) => !names.has(name.toLowerCase()));
}
