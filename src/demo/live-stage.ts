import { createGateway } from '../gateway/gateway.ts';
import { OPT_OUTS } from '../origin/outgoing-stream.ts';
import type { HopOptions, HopSource, RunningHop } from './hop.ts';
import type { LiveOrigin } from './live-origin.ts';
import { FIRST_SWITCHES, type LaneId, type RunningConfig, type Switches } from './live-protocol.ts';
import { type ConfName, readConf } from './nginx-conf.ts';
import { freePort } from './watched-nginx.ts';

/** A lane that leads through a hop. */
const HOP_LANES = ['nginx', 'gateway', 'passthrough'] as const;
type HopLane = (typeof HOP_LANES)[number];

/** What runs on a lane now. */
export interface RunningLane {
  id: LaneId;
  /** The same for as long as the stage stands, whatever is switched. */
  port: number;
  hops: readonly RunningConfig[];
}

/** Origin, gateway and hops of the live page; hops are started anew when a switch changes their configuration. */
export interface LiveStage {
  readonly switches: Switches;
  readonly lanes: readonly RunningLane[];
  /**
   * Resolves when all lanes run as these switches say; calls are carried out one after the other.
   * @throws NginxStartError, ListenError when a hop does not come up again
   */
  apply(switches: Switches): Promise<void>;
  close(): Promise<void>;
}

/** What a hop is to run with. */
interface Plan {
  conf: ConfName;
  upstream: string;
  directives: NonNullable<HopOptions['directives']>;
}

/**
 * @param host what the lanes listen on
 * @param firstPort the lanes' ports are this one and those that follow; null: free ones
 * @throws ListenError, NginxStartError when a part cannot start
 */
export async function startLiveStage(
  source: HopSource,
  origin: LiveOrigin,
  { host, firstPort }: { host: string; firstPort: number | null },
): Promise<LiveStage> {
  const stock = await readConf('buffered');
  const options = { upstream: origin.url, listen: { host: '127.0.0.1', port: 0 } };
  const gateway = await createGateway(options);
  const running = new Map<HopLane, { plan: string; hop: RunningHop }>();
  const ports = new Map<HopLane, number>();
  for (const [index, lane] of HOP_LANES.entries())
    ports.set(lane, firstPort === null ? await freePort() : firstPort + index);
  let switches: Switches = FIRST_SWITCHES;
  let turn: Promise<unknown> = Promise.resolve();

  async function run(lane: HopLane, wanted: Switches): Promise<void> {
    const plan = planFor(lane, wanted, { origin: origin.url, gateway: gateway.url });
    const text = JSON.stringify(plan);
    const before = running.get(lane);
    if (before?.plan === text) return;
    running.delete(lane);
    await before?.hop.close();
    const { conf, upstream, directives } = plan;
    const hop = await source.start(conf, upstream, { host, port: ports.get(lane) ?? 0, directives });
    running.set(lane, { plan: text, hop });
  }

  async function change(wanted: Switches): Promise<void> {
    const done = await Promise.allSettled(HOP_LANES.map((lane) => run(lane, wanted)));
    const failed = done.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    origin.setOptOuts(OPT_OUTS.filter((name) => wanted[name]));
    switches = wanted;
  }

  function hopsOf(lane: HopLane): RunningConfig[] {
    const conf = running.get(lane)?.hop.conf ?? '';
    const nginx: RunningConfig = { of: 'nginx', text: conf, changed: changedLines(conf, stock, origin.url) };
    if (lane !== 'gateway' || !switches.gateway) return [nginx];
    const command = `unclog gateway --upstream ${options.upstream} --listen ${new URL(gateway.url).host}`;
    return [{ of: 'gateway', text: command, changed: [0] }, nginx];
  }

  const stage: LiveStage = {
    get switches() {
      return switches;
    },
    get lanes() {
      const direct: RunningLane = { id: 'direct', port: origin.address.port, hops: [] };
      return [
        direct,
        ...HOP_LANES.map((lane) => ({ id: lane, port: ports.get(lane) ?? 0, hops: hopsOf(lane) })),
      ];
    },
    apply(wanted) {
      const mine = turn.then(() => change(wanted));
      turn = mine.catch(() => {});
      return mine;
    },
    async close() {
      await turn;
      await Promise.all([...[...running.values()].map(({ hop }) => hop.close()), gateway.close()]);
    },
  };
  try {
    await stage.apply(FIRST_SWITCHES);
  } catch (error) {
    await stage.close();
    throw error;
  }
  return stage;
}

function planFor(lane: HopLane, wanted: Switches, at: { origin: string; gateway: string }): Plan {
  if (lane === 'passthrough') return { conf: 'passthrough', upstream: at.origin, directives: {} };
  return {
    conf: 'buffered',
    upstream: lane === 'gateway' && wanted.gateway ? at.gateway : at.origin,
    directives: {
      ...(wanted['proxy-buffering-off'] ? { proxy_buffering: 'off' } : {}),
      ...(wanted['http-1-1'] ? { proxy_http_version: '1.1' } : {}),
    },
  };
}

/** Lines of a configuration that buffered.conf lacks, as indices from 0; addresses and folders differ on every start. */
function changedLines(conf: string, stock: string, originUrl: string): number[] {
  const known = new Set([...directives(stock), `proxy_pass ${originUrl}`, '']);
  return [...directives(conf).entries()].flatMap(([at, line]) =>
    /^(?:listen|pid|\w+_temp_path) /.test(line) || known.has(line) ? [] : [at],
  );
}

/** One for each line, the `;` and comments left out. */
function directives(conf: string): string[] {
  return conf.split('\n').map((line) => line.replace(/#.*/, '').trim().replace(/;$/, ''));
}
