// Probes every member of the zoo that runs, beside the origin, and prints one table. The service `zoo-probe` runs it.
//
//   probe.js [--origin http://origin:8000] [--compose FILE] [--format text|markdown|json] [--patience 30s]
//            [--images JSON] [NAME…]
//
// NAME: of services, else all that can be found. --patience: streams that take longer are not waited for (an idle limit
// of a minute shows only to those who wait for a minute). --images: which image stands for which product, when they are
// not those of the file. Exit code 0: every member does what it is here to show; 1: some do not; 3: none was there.
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { probe } from '../../dist/index.js';
import { COMPOSE_FILE, readMembers } from './members.js';
import { markdownTable, rowOf, textTable, unwatchedRow } from './table.js';

/** More at once, and the machine would be what is measured. */
const AT_ONCE = 4;
const READY_WITHIN_MS = 60_000;
/** A name that does not resolve for so long belongs to nobody. */
const NAMED_WITHIN_MS = 15_000;
/** Measured again when it is not as meant: a busy machine may have been the reason. */
const TRIES = 3;

const { values, positionals } = readArguments({
  allowPositionals: true,
  options: {
    origin: { type: 'string', default: 'http://origin:8000' },
    compose: { type: 'string', default: COMPOSE_FILE },
    format: { type: 'string', default: 'text' },
    patience: { type: 'string', default: '30s' },
    images: { type: 'string', default: '{}' },
  },
});

function readArguments(config) {
  try {
    return parseArgs(config);
  } catch (error) {
    return fail(error.message);
  }
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}

const FORMATS = {
  text: textTable,
  markdown: markdownTable,
  json: (rows) => JSON.stringify(rows, null, 2),
};
if (!Object.hasOwn(FORMATS, values.format))
  fail(`--format: "${values.format}" is none of ${Object.keys(FORMATS).join(', ')}`);
if (!/^\d+s$/.test(values.patience))
  fail(`--patience: "${values.patience}" is not a number of seconds such as 70s`);
const patienceMs = Number.parseInt(values.patience, 10) * 1_000;

/** `7.1.1` of `unclog-zoo-varnish:7.1.1`. */
function versionOf(image) {
  return /:v?([\w.]+)[^:/]*$/.exec(image)?.[1] ?? '-';
}

const images = JSON.parse(values.images);
const members = readMembers(values.compose).flatMap(({ id, image, halves }) =>
  halves.map((half) => ({
    ...half,
    version: versionOf(images[id] ?? image),
    url: `http://${half.name}:${half.port}`,
  })),
);
for (const name of positionals) {
  if (!members.some((member) => member.name === name))
    fail(`"${name}" is no member of the zoo in ${values.compose}`);
}

/** `up` when it answers through to the origin, `absent` when nobody has the name, else `silent`. */
async function stateOf({ url }) {
  const sinceMs = performance.now();
  for (;;) {
    try {
      const answer = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(2_000) });
      await answer.arrayBuffer();
      if (answer.status === 200) return 'up';
    } catch (error) {
      const unknown = /^(ENOTFOUND|EAI_AGAIN)$/.test(error.cause?.code ?? '');
      if (unknown && performance.now() - sinceMs > NAMED_WITHIN_MS) return 'absent';
    }
    if (performance.now() - sinceMs > READY_WITHIN_MS) return 'silent';
    await delay(200);
  }
}

/** How long the stream at a path takes. */
function streamMs(path) {
  const query = new URL(path, 'http://origin').searchParams;
  const ms = (name) => {
    const [, value, unit] = /^([\d.]+)(ms|s|m)$/.exec(query.get(name) ?? '') ?? [];
    return value === undefined ? 0 : Number(value) * { ms: 1, s: 1_000, m: 60_000 }[unit];
  };
  return Number(query.get('events')) * ms('interval') + ms('quiet') + ms('first-delay');
}

async function rowFor(member, state) {
  if (state === 'silent') return unwatchedRow(member, 'does not answer', false);
  const takesMs = streamMs(member.path);
  // The half that goes right is not here to show how long it holds out.
  const tooLong = takesMs > patienceMs && member.kind === 'buffering';
  if (tooLong)
    return unwatchedRow(member, `not waited for: it shows after ${Math.round(takesMs / 1_000)} s`, true);
  const path = takesMs > patienceMs ? member.path.replace(/&quiet-after=.*/, '') : member.path;
  const targets = [
    { name: 'origin', url: values.origin + path },
    { name: member.product, url: member.url + path },
  ];
  for (let left = TRIES; ; left--) {
    const report = await probe(targets, { durationMs: takesMs + 10_000, waitFirstMs: takesMs + 10_000 });
    const row = rowOf(member, report);
    if (row.asMeant || left <= 1) return row;
  }
}

const asked = members.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const states = await Promise.all(asked.map(stateOf));
const rows = [];
const queue = asked.map((member, i) => [i, member, states[i]]).filter(([, , state]) => state !== 'absent');
async function work() {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const [i, member, state] = next;
    rows[i] = await rowFor(member, state);
    process.stderr.write('.');
  }
}
await Promise.all(Array.from({ length: AT_ONCE }, work));
process.stderr.write('\n');
const measured = rows.filter((row) => row !== undefined);
process.stdout.write(`${FORMATS[values.format](measured)}\n`);
process.exitCode = measured.length === 0 ? 3 : measured.every((row) => row.asMeant) ? 0 : 1;
