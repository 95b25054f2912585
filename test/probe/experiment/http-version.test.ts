import { expect, it } from 'vitest';
import { runFactors } from '../../../src/probe/experiment/factors.ts';
import { CONTROL, isSpoken, otherVersions } from '../../../src/probe/experiment/plans.ts';
import type { ObserveOptions } from '../../../src/probe/targets.ts';
import type { ReportExperiment } from '../../../src/types.ts';
import { openLab, startedParts } from '../../support/experiment-lab.ts';
import { startIntermediary } from '../../support/intermediary.ts';
import { startTestNginx } from '../../support/nginx.ts';
import { hasTool } from '../../support/tools.ts';

const { keep, startOrigin } = startedParts();

/** The control, and what asking in other versions did to it: value, verdict and effect. */
async function tryVersions(url: string, settings: Partial<ObserveOptions> = {}) {
  const lab = await openLab(url, settings);
  const trial = await lab.watch(CONTROL);
  const variant = { plan: CONTROL, trial, facts: trial.facts, lockstep: null, failing: false };
  const { outcomes } = await runFactors(lab, { variants: [variant], headStalled: false });
  lab.close();
  const said = ({ value, verdict, effect }: ReportExperiment) => `${value} ${verdict} ${effect}`;
  return {
    spoken: trial.facts.observation.response?.httpVersion,
    versions: outcomes.filter(({ factor }) => factor === 'http-version').map(said),
  };
}

it.concurrent('only 1.0 is another version for an origin that speaks no HTTP/2', async () => {
  const found = await tryVersions(await startOrigin());
  expect(found).toEqual({ spoken: '1.1', versions: ['1.0 streaming none'] });
});

it.skipIf(!hasTool('nginx')).concurrent(
  'HTTP/1.0 and 1.1 are tried where nginx speaks HTTP/2 over TLS',
  async () => {
    const location = 'proxy_buffering off; proxy_http_version 1.1;';
    const upstream = await startOrigin();
    const url = await keep(startTestNginx({ upstream, location, tls: 'h2' }));
    const found = await tryVersions(url, { verifyTls: false });
    expect(found).toEqual({ spoken: '2', versions: ['1.0 streaming none', '1.1 streaming none'] });
  },
);

it.skipIf(!hasTool('nginx')).concurrent('to a stock nginx they change nothing', async () => {
  const url = await keep(startTestNginx({ upstream: await startOrigin() }));
  expect((await tryVersions(url)).versions).toEqual(['1.0 held none']);
});

it.skipIf(!hasTool('haproxy')).concurrent(
  'an answer to HTTP/1.0 is not chunked, so HAProxy does not cork it',
  async () => {
    const url = await keep(startIntermediary('haproxy', 'buffering', { upstream: await startOrigin() }));
    expect((await tryVersions(url)).versions).toContain('1.0 streaming fixes');
  },
);

it.skipIf(!hasTool('nghttpx')).concurrent(
  'HTTP/2 without TLS is tried, and found where it is spoken',
  async () => {
    const url = await keep(startIntermediary('nghttpx', 'passthrough', { upstream: await startOrigin() }));
    const found = await tryVersions(url);
    expect(found).toEqual({
      spoken: '1.1',
      versions: ['1.0 streaming none', '2-prior-knowledge streaming none'],
    });
  },
);

it('the versions beside the one that is spoken are tried', () => {
  const plain = { isTls: false, asked: 'auto', answered: '1.1' } as const;
  expect(otherVersions(plain)).toEqual(['1.0', '2-prior-knowledge']);
  expect(otherVersions({ ...plain, asked: '1.0' })).toEqual(['1.1', '2-prior-knowledge']);
  expect(otherVersions({ ...plain, asked: '2-prior-knowledge', answered: '2' })).toEqual(['1.0', '1.1']);
  expect(otherVersions({ ...plain, isTls: true })).toEqual(['1.0', '2']);
  expect(otherVersions({ ...plain, isTls: true, answered: '2' })).toEqual(['1.0', '1.1']);
});

it('a refusal of the version, or an answer in another one, is no answer', () => {
  expect(isSpoken('1.0', { status: 200, httpVersion: '1.1' })).toBe(true);
  expect(isSpoken('1.0', { status: 426, httpVersion: '1.1' })).toBe(false);
  expect(isSpoken('2', { status: 200, httpVersion: '1.1' })).toBe(false);
  expect(isSpoken('2', null)).toBe(false);
});
