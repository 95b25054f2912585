// The zoo in one command: finds the images, starts what can be started behind one origin, probes all of it, prints one
// table and one list of what could not be pulled, and takes everything down again.
//
//   npm run zoo [-- --pull-within 300s] [--format text|markdown|json] [--patience 30s] [--keep] [PRODUCT…]
import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findImages, missingLines } from './images.js';
import { readMembers } from './members.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Not that of the checkout's folder: the demonstration may run beside it. */
const PROJECT = 'unclog-zoo';

const { values, positionals } = readArguments({
  allowPositionals: true,
  options: {
    'pull-within': { type: 'string', default: '300s' },
    format: { type: 'string', default: 'text' },
    patience: { type: 'string', default: '30s' },
    keep: { type: 'boolean', default: false },
  },
});

function readArguments(config) {
  try {
    return parseArgs(config);
  } catch (error) {
    return fail(error.message);
  }
}

function fail(message, code = 2) {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}

function runs(command, ...args) {
  return spawnSync(command, args, { stdio: 'ignore', timeout: 20_000 }).status === 0;
}

const seconds = /^(\d+)s$/.exec(values['pull-within'])?.[1];
if (seconds === undefined)
  fail(`--pull-within: "${values['pull-within']}" is not a number of seconds such as 300s`);
if (!['text', 'markdown', 'json'].includes(values.format))
  fail(`--format: "${values.format}" is none of text, markdown, json`);
if (!/^\d+s$/.test(values.patience))
  fail(`--patience: "${values.patience}" is not a number of seconds such as 70s`);
const products = readMembers();
for (const id of positionals) {
  if (!products.some((product) => product.id === id))
    fail(`"${id}" is not in the zoo, expected some of ${products.map((product) => product.id).join(', ')}`);
}
if (!runs('docker', 'info')) fail('no Docker engine answers here (scripts/docker-engine.sh starts one)', 3);
const COMPOSE = runs('docker', 'compose', 'version') ? ['docker', 'compose'] : ['docker-compose'];

/** Runs Compose; what it says goes to stderr, so that stdout is the table's. */
function compose(args, { environment = {}, stdout = 2 } = {}) {
  const [command, ...first] = [...COMPOSE, '--project-name', PROJECT, ...args];
  return new Promise((resolve) => {
    const child = spawn(command, first, {
      cwd: ROOT,
      env: { ...process.env, ...environment },
      stdio: ['ignore', stdout, 2],
    });
    child.on('error', () => resolve(127));
    child.on('close', (code) => resolve(code ?? 130));
  });
}

async function main() {
  const wanted = products.filter(({ id }) => positionals.length === 0 || positionals.includes(id));
  const note = (line) => process.stderr.write(`${line}\n`);
  const { found, missing } = await findImages(wanted, { withinMs: Number(seconds) * 1_000, note });
  const members = wanted
    .filter(({ id }) => found.has(id))
    .flatMap(({ halves }) => halves.map(({ name }) => name));
  const environment = Object.fromEntries(
    products.filter(({ id }) => found.has(id)).map(({ id, variable }) => [variable, found.get(id)]),
  );
  let code = 3;
  if (members.length > 0) {
    // What was built from another state of this checkout would be taken as it is.
    if (!process.env.UNCLOG_IMAGE) await compose(['build', '--quiet', 'zoo-origin']);
    const started = await compose(['up', '--detach', 'zoo-origin', 'zoo-configs', ...members], {
      environment,
    });
    if (started !== 0) return started;
    const options = [
      '--origin',
      'http://origin:8000',
      '--format',
      values.format,
      '--patience',
      values.patience,
    ];
    const images = ['--images', JSON.stringify(Object.fromEntries(found))];
    const probe = ['run', '--rm', '-T', 'zoo-probe', ...options, ...images, ...members];
    code = await compose(probe, { environment, stdout: 1 });
  }
  const list = missingLines(missing);
  if (list.length > 0)
    process[values.format === 'json' ? 'stderr' : 'stdout'].write(`\n${list.join('\n')}\n`);
  return code;
}

// Compose gets the terminal's Ctrl-C as well and ends; what is left is to take down what it had started.
process.on('SIGINT', () => {});
try {
  process.exitCode = await main();
} finally {
  if (!values.keep)
    await compose(['--profile', 'zoo', 'down', '--volumes', '--remove-orphans', '--timeout', '1']);
}
