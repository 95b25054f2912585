import { expect, it } from 'vitest';
import { proveByExperiment } from '../../src/knowledge/proven-by-experiment.ts';
import type { DetectedIntermediary, ExperimentFacts, Finding, ReportHold } from '../../src/types.ts';
import { chain, noExperiments } from '../support/facts-builder.ts';

const seen = (id: string, confidence: DetectedIntermediary['confidence']): DetectedIntermediary => ({
  ...{ id, confidence, version: null, evidence: ['its mark'] },
});

const CORKED: ReportHold = {
  ...{ kind: 'for-time', periodMs: 206, blockBytes: null, atLeastMs: null, atLeastBytes: null },
};

const finding = (id: Finding['id'], severity: Finding['severity'], change: string | null): Finding => ({
  ...{ id, severity, confidence: 'proven', hop: 'hop1', title: id, explanation: id, evidence: [] },
  fixes:
    change === null
      ? []
      : [{ where: 'haproxy', change, config: null, proven: true, source: 'https://a.example/' }],
});

/** What is named for a hop behind one that holds as well. */
function changeNamed(
  products: DetectedIntermediary[],
  findings: Finding[],
  measured: Partial<ExperimentFacts> = {},
) {
  const none = noExperiments();
  const minimalFix = {
    ...{ hop: 'hop1', needed: true, senderSide: [], hopMustChange: true },
    ...{ before: null, after: null, hopChange: null },
  };
  const hops = chain(
    {},
    {
      hold: { kind: 'until-close', blockBytes: 4_096 },
      facts: { intermediaries: products, experiments: { ...none, minimalFix, ...measured } },
    },
  );
  return proveByExperiment(findings, hops).hops[1]?.experiments?.minimalFix?.hopChange;
}

const SHOWN_AGAIN = finding('held-until-close', 'info', null);
const OTHER_REQUEST = finding('abort-not-propagated', 'warning', 'option abortonclose');

it('what is left once the nearer hop is cured tells the line of this one', () => {
  const products = [seen('haproxy', 'likely'), seen('nginx', 'possible')];
  const named = changeNamed(products, [SHOWN_AGAIN, OTHER_REQUEST], { leftHold: CORKED });
  expect(named).toEqual({ where: 'haproxy', change: 'option http-no-delay' });
});

it('where nothing helps it is the line against the hold itself', () => {
  const named = changeNamed([seen('nginx', 'possible')], [SHOWN_AGAIN]);
  expect(named).toEqual({ where: 'nginx', change: 'proxy_buffering off;' });
});

it('a line for another kind of request is not named', () => {
  expect(changeNamed([seen('haproxy', 'likely')], [OTHER_REQUEST])?.change).not.toBe('option abortonclose');
});

it('its own finding comes first', () => {
  const own = finding('held-until-close', 'error', '# remove: http-response wait-for-body');
  const named = changeNamed([seen('haproxy', 'likely')], [OTHER_REQUEST, own], { leftHold: CORKED });
  expect(named?.change).toBe('# remove: http-response wait-for-body');
});
