// The members of the zoo, as docker-compose.yml has them: that file is the one place which names images and commands.
// Run by itself it prints them as JSON.
import { readFileSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

/** Where a checkout has the file. */
export const COMPOSE_FILE = fileURLToPath(new URL('../../docker-compose.yml', import.meta.url));

const PORTS = { buffering: 8081, passthrough: 8082 };

/** `${NAME:-default}` as Compose reads it, `$$` included. */
function expand(value, environment) {
  if (typeof value === 'string') {
    return value
      .replaceAll(/(?<!\$)\$\{(\w+):-([^}]*)\}/g, (_all, name, otherwise) => environment[name] || otherwise)
      .replaceAll('$$', '$');
  }
  if (Array.isArray(value)) return value.map((one) => expand(one, environment));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, expand(one, environment)]));
}

/**
 * Reads the members.
 *
 * @param {string} [file] a Compose file
 * @param {Record<string, string | undefined>} [environment] where it finds ZOO_…_IMAGE
 * @returns the products, each with `id`, `image`, `variable` (which puts another image in its place), `package` (Debian's,
 *   where the image is built from it, else null) and its `halves`: `name` of the service and the host, `product`, `kind`,
 *   `port`, `path` of the stream to probe, `shows` (the finding that the buffering half leads to, null where there is none), and the `service`
 */
export function readMembers(file = COMPOSE_FILE, environment = process.env) {
  const { services } = parse(readFileSync(file, 'utf8'), { merge: true });
  const products = new Map();
  for (const [name, raw] of Object.entries(services)) {
    const [, id, kind] = /^zoo-(\w+)-(buffering|passthrough)$/.exec(name) ?? [];
    if (id === undefined || kind === undefined) continue;
    const service = expand(raw, environment);
    const { image, build, labels } = service;
    if (!products.has(id)) {
      const variable = `ZOO_${id.toUpperCase()}_IMAGE`;
      products.set(id, { id, image, variable, package: build?.args.PACKAGE ?? null, halves: [] });
    }
    const half = { name, product: id, kind, port: PORTS[kind], path: labels['unclog.path'] };
    products.get(id).halves.push({ ...half, shows: labels['unclog.shows'] ?? null, service });
  }
  return [...products.values()];
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url))
  process.stdout.write(`${JSON.stringify(readMembers())}\n`);
