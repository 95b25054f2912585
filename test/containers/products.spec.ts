import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { repositoryRoot } from '../support/drivers/driver.ts';
import { DRIVERS, type DriverId } from '../support/drivers/index.ts';
import type { Pair } from '../support/drivers/pair.ts';
import { expectStalled, expectVerdict, expectWaiting, lockstepSign } from '../support/suite/buffering.ts';
import { probeBeside, said } from '../support/suite/judging.ts';
import type { ProductPair, RunningHalf } from '../support/suite/pairs.ts';
import * as suite from '../support/suite/passthrough.ts';
import { createSharedPart } from '../support/suite/shared-part.ts';
import { type Half, type Member, readMembers } from './members.ts';
import { buildZooStand, type ZooStand } from './stand.ts';

const SMALL = '/.well-known/unclog/stream?events=20&interval=100ms';
/** Nobody wants to wait for longer: the zoo does, where it is told to. */
const MOST_SECONDS = 30;

/** Every case that needs nothing beside the product, not only the first of each: two minutes more. */
const ALL = process.env.UNCLOG_PAIRS === 'all';

/** The cases of a product; one without a case of its own has what docker-compose.yml says. */
function pairsOf({ id }: Member): Pair[] {
  const pairs = Object.hasOwn(DRIVERS, id) ? DRIVERS[id as DriverId].pairs : [];
  const simple = pairs.filter(
    ({ behind, inFront, needs, name }) =>
      behind === undefined && inFront === undefined && !needs && (ALL ? name !== 'tls' : name === ''),
  );
  return simple.length > 0 ? [...simple] : [{ name: '', buffering: null, passthrough: {} }];
}

/** The file that a half of a pair is about, from the repository's root. */
function fileOf({ halves }: Member, pair: Pair, kind: Half['kind']): string {
  // What docker-compose.yml names tells the folder: OpenResty runs with nginx's.
  const named = /\/zoo\/([\w-]+)\/(?:buffering|passthrough)\.(\w+)/.exec(JSON.stringify(halves));
  const ending = pair.name === '' ? '' : `-${pair.name}`;
  return `configs/${named?.[1]}/${pair[kind]?.file ?? `${kind}${ending}.${named?.[2]}`}`;
}

/** The service for a text: the one whose port it listens on, else the one of its kind. */
function serviceFor({ halves }: Member, kind: Half['kind'], text: string): Half {
  const code = text.replaceAll(/^\s*(#|\/\/).*$/gm, '');
  const byPort = halves.find(({ port }) => new RegExp(`\\b${port}\\b`).test(code));
  const half = byPort ?? halves.find((one) => one.kind === kind);
  if (half === undefined) throw new Error(`docker-compose.yml has no service for ${kind}`);
  return half;
}

describe.concurrent('in containers', () => {
  const images = inject('images');
  let stand: ZooStand;
  const closers: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    stand = await buildZooStand();
  });
  afterAll(async () => {
    await Promise.all(closers.map((close) => close()));
    await stand?.close();
  });

  for (const member of readMembers()) {
    const { id } = member;
    const image = images[id];
    // What could not be pulled stands in the list behind the tests, with the reason.
    if (image === undefined) continue;
    for (const plain of pairsOf(member)) {
      const pair: ProductPair = { ...plain, product: id as DriverId, usable: true };
      if (member.halves.some(({ kind }) => kind === 'buffering')) buffering(member, pair, image);
      if (pair.passthrough !== null) passthrough(member, pair, image);
    }
  }

  function part(member: Member, pair: Pair, kind: Half['kind'], image: string) {
    const file = fileOf(member, pair, kind);
    const shipped = readFileSync(join(repositoryRoot(), file), 'utf8');
    const text = pair[kind]?.edit?.(shipped) ?? shipped;
    const half = createSharedPart(() =>
      stand.startHalf(member.id, image, serviceFor(member, kind, text), text),
    );
    closers.push(half.close);
    return (title: string, work: (running: RunningHalf) => Promise<void>, skip = false) => {
      if (!skip) half.expectUse();
      it.skipIf(skip)(`${image}: ${file}: ${title}`, () => half.use(work));
    };
  }

  function buffering(member: Member, pair: ProductPair, image: string): void {
    const { buffering: own } = pair;
    const test = part(member, pair, 'buffering', image);
    if (own === null) {
      declared(member, pair, test);
      return;
    }
    test(`the probe says ${[own.verdict, ...own.findings].join(', ')}`, (running) =>
      expectVerdict(stand.origin, pair, own, running));
    const sign = lockstepSign(own);
    if (sign === 'stalls')
      test('no event comes without the next', (running) => expectStalled(stand.origin, running));
    if (sign === 'waits')
      test('15 events wait for a timer each', (running) => expectWaiting(stand.origin, running));
  }

  /** What docker-compose.yml declares, for products that only containers can show. */
  function declared({ halves }: Member, pair: ProductPair, test: ReturnType<typeof part>): void {
    const half = halves.find(({ kind }) => kind === 'buffering');
    if (half?.shows == null) throw new Error(`docker-compose.yml does not say what ${pair.product} shows`);
    const seconds = Number(/\bquiet=(\d+)s/.exec(half.path)?.[1] ?? 0);
    const { path, shows } = half;
    const title = `the probe says ${shows}`;
    const tooLong = seconds > MOST_SECONDS;
    const work = async (running: RunningHalf) => {
      const report = await probeBeside(stand.origin, pair, running, path);
      expect(said(report, pair.product).errors.map(({ id }) => id)).toContain(shows);
    };
    test(tooLong ? `${title} (not waited for: ${seconds} s)` : title, work, tooLong);
  }

  function passthrough(member: Member, pair: ProductPair, image: string): void {
    const { head, leaving, keeps, path } = pair.passthrough ?? {};
    const test = part(member, pair, 'passthrough', image);
    const begun = head === undefined ? 'the head and ' : '';
    test(`${begun}50 events pass one by one`, (running) => suite.expectLockstep(stand.origin, running, head));
    test('the probe finds nothing, though the stream is quiet for 4 s or begins late', (running) =>
      suite.expectStreaming(stand.origin, pair, running, path ?? pair.buffering?.path ?? SMALL));
    test('the request of a stream arrives whole', (running) =>
      suite.expectRequestArrives(stand.origin, running, head));
    test(`the origin learns ${leaving ?? 'at once'} that a client left`, (running) =>
      suite.expectLeavingPassedOn(stand.origin, running, leaving));
    test('two clients get two streams', (running) => suite.expectOwnStreams(stand.origin, running));
    test('an ordinary answer comes whole', (running) => suite.expectOrdinary(stand.origin, running, keeps));
  }
});
