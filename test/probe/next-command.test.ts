import { expect, test } from 'vitest';
import { parseTargets } from '../../src/cli/probe-targets.ts';
import { nextCommand } from '../../src/probe/next-command.ts';
import { chain, type HopPlan } from '../support/facts-builder.ts';

const EXCHANGE = { sentAtMs: 0, receivedAtMs: 1, status: 200 };

/** A hop behind which an unclog origin answered the question for its clock. */
function leadsToOrigin(url: string, hold?: HopPlan['hold']): HopPlan {
  const pathExchanges = [{ ...EXCHANGE, originEpochMs: 1_760_000_000_000 }];
  return { url, observation: { pathExchanges }, ...(hold === undefined ? {} : { hold }) };
}

test('where an unclog origin answers through every hop, experiments tell more', () => {
  const hops = chain(
    leadsToOrigin('http://10.0.0.7:8000/app/stream'),
    leadsToOrigin('https://edge.example/app/stream?key=hush', 'until-close'),
  );
  const next = nextCommand(hops, []);
  expect(next).toBe(
    "unclog probe --experiment 'hop0=http://10.0.0.7:8000/app/' 'hop1=https://edge.example/app/'",
  );
  const words = [...(next ?? '').matchAll(/'([^']*)'/g)].map((match) => match[1] ?? '');
  expect(parseTargets(words).map(({ name }) => name)).toEqual(['hop0', 'hop1']);
});

test('where all is well, or one hop leads elsewhere, they are not proposed', () => {
  expect(nextCommand(chain(leadsToOrigin('http://a.example/stream')), [])).not.toContain('--experiment');
  const mixed = chain({ name: 'app' }, leadsToOrigin('http://b.example/stream', 'until-close'));
  expect(nextCommand(mixed, []) ?? '').not.toContain('--experiment');
});
