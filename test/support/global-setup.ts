import { absentTools, TOOLS } from './tools.ts';

/** Prints, once, what this machine lacks and which tests are skipped for it; with UNCLOG_REQUIRE=all that fails the run. */
export default function setup(): void {
  const absent = absentTools();
  if (absent.length === 0) return;
  const lines = absent.map((name) => `  ${name}: ${TOOLS[name].skips} (${TOOLS[name].install})`);
  const list = `not on this machine, so these tests are skipped:\n${lines.join('\n')}\n`;
  process.stderr.write(`\n${list}`);
  if (process.env.UNCLOG_REQUIRE === 'all') throw new Error(`UNCLOG_REQUIRE=all, but ${list}`);
}
