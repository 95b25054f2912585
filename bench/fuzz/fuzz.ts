/** `npm run fuzz`: damaged clients and a damaging upstream against one gateway process. See `--help` for the options. */
import { fileURLToPath } from 'node:url';
import { BenchError } from '../bench-error.ts';
import { buildGateway } from '../build.ts';
import { type FuzzCommand, readOptions, USAGE } from './options.ts';
import type { Profile } from './profile.ts';
import { reproduce } from './reproduce.ts';
import { type FuzzResult, runFuzz } from './run-fuzz.ts';
import { describeResult, describeViolation } from './summary.ts';

async function main(): Promise<number> {
  const command = readOptions(process.argv.slice(2));
  if (command === 'help') {
    process.stdout.write(USAGE);
    return 0;
  }
  const root = fileURLToPath(new URL('../../../../', import.meta.url));
  const folder = buildGateway(root, `${root}.tmp/fuzz`);
  let violations = 0;
  for (const profile of command.profiles)
    violations +=
      command.case === null
        ? await fuzz(folder, command, profile)
        : await repeat(folder, command.seed, command.case, profile);
  return violations === 0 ? 0 : 1;
}

/** One case alone; returns the number of its violations. */
async function repeat(folder: string, seed: number, index: number, profile: Profile): Promise<number> {
  const found = await reproduce(folder, seed, index, profile);
  process.stdout.write(
    found === null
      ? `no violation by this case alone, profile ${profile}\n`
      : describeViolation(found.violation, found.of),
  );
  return found === null ? 0 : 1;
}

async function fuzz(folder: string, command: FuzzCommand, profile: Profile): Promise<number> {
  const { seed, concurrency, profiles } = command;
  const requests = Math.ceil(command.requests / profiles.length);
  const result = await runFuzz({
    ...{ folder, seed, profile, requests, concurrency },
    onProgress: (done) => {
      if (done % 10_000 === 0) process.stderr.write(`${profile}: ${done} of ${requests}\n`);
    },
  });
  process.stdout.write(describeResult(seed, profile, result));
  await describeViolations(folder, seed, profile, result);
  return result.violations.length;
}

async function describeViolations(
  folder: string,
  seed: number,
  profile: Profile,
  result: FuzzResult,
): Promise<void> {
  // What ends the process explains the rest.
  const violations = result.violations.sort(
    (a, b) => Number(b.kind === 'gateway-died') - Number(a.kind === 'gateway-died'),
  );
  for (const violation of violations.slice(0, 3)) {
    const found =
      violation.caseIndex === null || violation.caseIndex < 0
        ? null
        : await reproduce(folder, seed, violation.caseIndex, profile);
    process.stdout.write(describeViolation(found?.violation ?? violation, found?.of ?? null));
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof BenchError)) throw error;
  process.stderr.write(`fuzz: ${error.message}\n`);
  process.exitCode = 2;
}
