// Finds an image for each member of the zoo: one that is here, one made of this machine's Debian package, one that can be
// pulled, one that can be built. Run by itself it prints, as JSON, what it found and what not.
import { execFile } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { readMembers } from './members.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Registries slow a client down that asks for more at once. */
const AT_ONCE = 4;
/** An engine that answers is quick. */
const INSPECT_WITHIN_MS = 20_000;
const UNREACHED =
  /no such host|server misbehaving|network is unreachable|connection refused|i\/o timeout|TLS handshake|certificate|deadline exceeded|name resolution|proxyconnect|Client\.Timeout|EOF$/i;

async function docker(args, withinMs) {
  const options = { cwd: ROOT, timeout: withinMs, killSignal: 'SIGKILL', maxBuffer: 64 * 1_048_576 };
  try {
    return { ok: true, text: (await promisify(execFile)('docker', args, options)).stdout.trim() };
  } catch (error) {
    if (error.code === 'ENOENT') return { ok: false, text: 'docker is not installed' };
    if (error.killed) return { ok: false, text: null };
    const lines = String(error.stderr || error.message)
      .trim()
      .split('\n');
    return {
      ok: false,
      text: (lines.at(-1) ?? '').replace(/^Error response from daemon: |Get "https?:[^"]*": /g, ''),
    };
  }
}

/** Who serves an image: `docker.io`, `mcr.microsoft.com`, … */
function registryOf(image) {
  const [first = '', ...rest] = image.split('/');
  return rest.length > 0 && /[.:]/.test(first) ? first : 'docker.io';
}

async function isHere(image) {
  return (await docker(['image', 'inspect', '--format', '{{.Id}}', image], INSPECT_WITHIN_MS)).ok;
}

/** The image that debian-images.sh made of a product, or null. */
async function madeHere(id) {
  const listing = ['image', 'ls', `unclog-zoo-${id}`, '--format', '{{.Repository}}:{{.Tag}}'];
  const { ok, text } = await docker(listing, INSPECT_WITHIN_MS);
  return ok && text ? text.split('\n')[0] : null;
}

/**
 * Finds the images.
 *
 * @param products as {@link readMembers} returns them
 * @param {{ withinMs: number, note?: (line: string) => void }} options how long all pulls and builds together may take
 * @returns `found`: product id → image; `missing`: `id`, `image` and the `reason`, in one line
 */
export async function findImages(products, { withinMs, note = () => {} }) {
  const untilMs = performance.now() + withinMs;
  const found = new Map();
  const missing = [];
  /** Registries that could not be reached, with what they said: their other images are not waited for. */
  const unreached = new Map();

  async function find(product) {
    const { id, image } = product;
    const here = (await isHere(image)) ? image : process.env[product.variable] ? null : await madeHere(id);
    if (here !== null) return void found.set(id, here);
    const registry = product.package === null ? registryOf(image) : 'docker.io';
    const known = unreached.get(registry);
    if (known !== undefined) return void missing.push({ id, image, reason: known });
    const leftMs = untilMs - performance.now();
    if (leftMs < 1_000) return void missing.push({ id, image, reason: noTime(withinMs) });
    note(product.package === null ? `pulling ${image}` : `building ${image}`);
    const { ok, text } = await docker(commandFor(product), Math.ceil(leftMs));
    if (ok) return void found.set(id, image);
    const reason = text === null ? noTime(withinMs) : text;
    if (text !== null && UNREACHED.test(text)) unreached.set(registry, reason);
    missing.push({ id, image, reason });
  }

  const queue = [...products];
  async function work() {
    for (let product = queue.shift(); product !== undefined; product = queue.shift()) await find(product);
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const order = products.map(({ id }) => id);
  missing.sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
  return { found, missing };
}

function commandFor({ image, package: debian }) {
  if (debian === null) return ['pull', '--quiet', image];
  const file = ['--file', 'scripts/zoo/debian.Dockerfile'];
  return ['build', '--quiet', '--tag', image, '--build-arg', `PACKAGE=${debian}`, ...file, 'scripts/zoo'];
}

function noTime(withinMs) {
  return `not there within ${Math.round(withinMs / 1_000)} s`;
}

/** The one list of what is not there. */
export function missingLines(missing) {
  if (missing.length === 0) return [];
  const width = Math.max(...missing.map(({ id }) => id.length));
  return [
    `not pulled (${missing.length}):`,
    ...missing.map(({ id, image, reason }) => `  ${id.padEnd(width)}  ${image}: ${reason}`),
  ];
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const withinMs = Number(process.argv[2] ?? 120) * 1_000;
  const { found, missing } = await findImages(readMembers(), { withinMs });
  process.stdout.write(`${JSON.stringify({ found: Object.fromEntries(found), missing })}\n`);
}
