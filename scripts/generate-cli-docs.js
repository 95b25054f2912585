// Writes docs/cli.md from the command line's own help, so that the page cannot drift from the program.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../bin/unclog.js', import.meta.url));
const COMMANDS = ['probe', 'curl', 'diagnose', 'origin', 'gateway', 'demo', 'explain'];

const INTRODUCTION = `# Command line

Generated from \`unclog COMMAND --help\`; \`npm run generate\` writes it anew.

Results go to stdout, progress and logs to stderr. Durations are written \`250ms\`, \`10s\`, \`2m\`, sizes \`512b\`, \`4k\`, \`1m\`; a bare
number is refused, since it does not say what it counts. \`NO_COLOR\` and \`--no-color\` switch colours off.

| exit code | probe, curl, diagnose | demo | origin, gateway |
|---|---|---|---|
| 0 | every hop streams, no finding of severity \`error\` | failure shown, fixes work | orderly stop |
| 1 | some hop is held, cut, altered or not a stream, or a finding has severity \`error\` | failure not shown, or a fix does not fix | anything else, a port already taken included |
| 2 | bad usage or configuration; nothing was sent | bad usage | bad usage or configuration |
| 3 | some hop is unreachable, without events or inconclusive | could not start | |
`;

/** The page's text. */
export function cliPage() {
  const sections = COMMANDS.map((command) => {
    const { stdout, stderr, status } = spawnSync(process.execPath, [BIN, command, '--help'], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`unclog ${command} --help exited with ${status}: ${stderr}`);
    return `## unclog ${command}\n\n\`\`\`text\n${stdout.trim()}\n\`\`\`\n`;
  });
  return [INTRODUCTION, ...sections].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(new URL('../docs/cli.md', import.meta.url), cliPage());
}
