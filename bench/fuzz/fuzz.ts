import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildGateway } from '../build.ts';
import { reproduce } from './reproduce.ts';
import { runFuzz } from './run-fuzz.ts';
import { describeResult, describeViolation } from './summary.ts';

const USAGE = `npm run fuzz -- [--requests N] [--seed N] [--concurrency N] [--case N]

  --requests N     how many clients' connections (default 200000)
  --seed N         the same seed gives the same bytes (default: the time)
  --concurrency N  clients at a time (default 16; more only makes clients leave unanswered)
  --case N         one case of that seed alone
`;

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '200000' },
    seed: { type: 'string', default: String(Math.floor(Date.now() / 1_000)) },
    concurrency: { type: 'string', default: '16' },
    case: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

/** @throws when it is not a whole number */
function whole(name: 'requests' | 'seed' | 'concurrency' | 'case', text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new Error(`--${name} ${text}: expected a whole number`);
  return Number(text);
}

async function main(): Promise<number> {
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const root = fileURLToPath(new URL('../../../../', import.meta.url));
  const folder = buildGateway(root, `${root}.tmp/fuzz`);
  const seed = whole('seed', values.seed);
  if (values.case !== undefined) {
    const found = await reproduce(folder, seed, whole('case', values.case));
    process.stdout.write(
      found === null ? 'no violation by this case alone\n' : describeViolation(found.violation, found.of),
    );
    return found === null ? 0 : 1;
  }
  const requests = whole('requests', values.requests);
  const result = await runFuzz({
    folder,
    seed,
    requests,
    concurrency: whole('concurrency', values.concurrency),
    onProgress: (done) => {
      if (done % 10_000 === 0) process.stderr.write(`${done} of ${requests}\n`);
    },
  });
  process.stdout.write(describeResult(seed, result));
  // What ends the process explains the rest.
  const violations = result.violations.sort(
    (a, b) => Number(b.kind === 'gateway-died') - Number(a.kind === 'gateway-died'),
  );
  for (const violation of violations.slice(0, 3)) {
    const found =
      violation.caseIndex === null || violation.caseIndex < 0
        ? null
        : await reproduce(folder, seed, violation.caseIndex);
    process.stdout.write(describeViolation(found?.violation ?? violation, found?.of ?? null));
  }
  return result.violations.length === 0 ? 0 : 1;
}

process.exitCode = await main();
