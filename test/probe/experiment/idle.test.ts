import { expect, it } from 'vitest';
import { measureIdle } from '../../../src/probe/experiment/idle.ts';
import { openLab, startedParts } from '../../support/experiment-lab.ts';
import { cutAtAge, startHttpHop } from '../../support/http-hop.ts';
import { startIntermediary } from '../../support/intermediary.ts';
import { startTestNginx } from '../../support/nginx.ts';
import { hasTool } from '../../support/tools.ts';

/** Longer than any timer that is set here, with room for a busy machine. */
const IDLE_MS = 6_000;
const TIMER = 2;

const { keep, startOrigin } = startedParts();

async function measure(url: string) {
  const lab = await openLab(url);
  const idle = await measureIdle(lab, IDLE_MS);
  lab.close();
  return idle;
}

/** nginx leaves a timer alone that is off by less than 300 ms (NGX_TIMER_LAZY_DELAY). */
function expectTimer(cutMs: number | null | undefined): void {
  expect(cutMs).toBeGreaterThan(TIMER * 1_000 - 350);
  expect(cutMs).toBeLessThan(TIMER * 1_000 + 2_000);
}

async function haproxyWith(name: string): Promise<string> {
  const edit = (text: string) =>
    text
      .replace(/^ *timeout server .*$/m, `    timeout server ${name === 'server' ? TIMER : 50}s`)
      .replace(/^( *timeout connect .*)$/m, name === 'tunnel' ? `$1\n    timeout tunnel ${TIMER}s` : '$1');
  return keep(startIntermediary('haproxy', 'passthrough', { upstream: await startOrigin(), edit }));
}

it.skipIf(!hasTool('nginx')).concurrent(
  'proxy_read_timeout of nginx is found, and that heartbeats prevent it',
  async () => {
    const location = `proxy_buffering off; proxy_http_version 1.1; proxy_read_timeout ${TIMER}s;`;
    const idle = await measure(await keep(startTestNginx({ upstream: await startOrigin(), location })));
    expectTimer(idle?.quietCutMs);
    expectTimer(idle?.headCutMs);
    expect(idle).toMatchObject({ watchedMs: IDLE_MS, heartbeatCutMs: null, ageCutMs: null });
  },
);

it.skipIf(!hasTool('haproxy')).concurrent(
  'timeout server of HAProxy is found, and that heartbeats prevent it',
  async () => {
    const idle = await measure(await haproxyWith('server'));
    expectTimer(idle?.quietCutMs);
    expectTimer(idle?.headCutMs);
    expect(idle).toMatchObject({ heartbeatCutMs: null, ageCutMs: null });
  },
);

it.skipIf(!hasTool('haproxy')).concurrent('timeout tunnel of HAProxy cuts no stream', async () => {
  const idle = await measure(await haproxyWith('tunnel'));
  expect(idle).toMatchObject({ quietCutMs: null, heartbeatCutMs: null, ageCutMs: null, headCutMs: null });
});

it.concurrent('a cut by age is not taken for one of silence', async () => {
  const hop = startHttpHop(await startOrigin(), cutAtAge(TIMER * 1_000));
  const idle = await measure(await keep(hop));
  expectTimer(idle?.ageCutMs);
  expect(idle).toMatchObject({ quietCutMs: null, heartbeatCutMs: null });
});
