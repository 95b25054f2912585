// Puts the configurations of configs/ to where containers find one another: configs.js SOURCE TARGET.
//
// They are written for one machine: they listen on 127.0.0.1, port 8081 or 8082, and forward to 127.0.0.1:8000. In a
// container they listen on every address and forward to the host `origin`. SOURCE is a checkout, of which it takes
// configs/PRODUCT/FILE to TARGET/PRODUCT/FILE.
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FRAMES = new URL('frames/', import.meta.url);

/** What stands for «every address» where it is not 0.0.0.0. */
const EVERY_ADDRESS = { caddy: '', apache: '*', nghttpx: '*' };

/** The text of a configuration as it has to be in a container. */
export function placeConfig(product, text) {
  const everywhere = EVERY_ADDRESS[product] ?? '0.0.0.0';
  const moved = text.split('\n').map((line) => {
    if (/^\s*(#|\/\/)/.test(line)) return line;
    const listens = /\b808[12]\b/.test(line) || /^\s*(server\.bind|listen|host:)(?!\w)/i.test(line);
    const forwarding = line.replaceAll('127.0.0.1:8000', 'origin:8000');
    return forwarding.replaceAll('127.0.0.1', listens ? everywhere : 'origin');
  });
  // All that is written lies below /tmp.
  const placed = moved.join('\n').replaceAll('/var/cache/', '/tmp/').replaceAll('/var/www/html', '/tmp');
  const frame = new URL(`${product}.conf`, FRAMES);
  return existsSync(frame) ? readFileSync(frame, 'utf8').replace('@CONFIG@', () => placed) : placed;
}

function placeAll(source, target) {
  for (const entry of readdirSync(join(source, 'configs'), { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name === 'node_modules') continue;
    const folder = join(source, 'configs', entry.name);
    mkdirSync(join(target, entry.name), { recursive: true });
    for (const file of readdirSync(folder, { withFileTypes: true })) {
      if (!file.isFile() || file.name.endsWith('.md')) continue;
      const text = readFileSync(join(folder, file.name), 'utf8');
      writeFileSync(join(target, entry.name, file.name), placeConfig(entry.name, text));
    }
  }
  cpSync(FRAMES, join(target, 'frames'), { recursive: true });
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const [source, target] = process.argv.slice(2);
  if (source === undefined || target === undefined) {
    process.stderr.write('usage: configs.js SOURCE TARGET\n');
    process.exit(2);
  }
  placeAll(source, target);
}
