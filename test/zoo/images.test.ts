import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { findImages, type Member, missingLines } from '../containers/members.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'unclog-images-'));
  vi.stubEnv('PATH', `${folder}:${process.env.PATH}`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

/** A `docker` that answers as told, and writes down what it was asked. */
function dockerThat(cases: string): () => string[] {
  const log = join(folder, 'asked');
  writeFileSync(join(folder, 'docker'), `#!/bin/sh\necho "$*" >>${log}\ncase "$*" in\n${cases}\nesac\n`);
  chmodSync(join(folder, 'docker'), 0o755);
  return () => readFileSync(log, 'utf8').trim().split('\n');
}

function product(id: string, image: string, debian: string | null = null): Member {
  return { id, image, variable: `ZOO_${id.toUpperCase()}_IMAGE`, package: debian, halves: [] };
}

const NOT_HERE = '"image inspect"*) exit 1 ;;\n"image ls"*) ;;';
const UNREACHED = 'echo "Error response from daemon: dial tcp: lookup registry: no such host" >&2; exit 1';

it('takes an image that is here, and asks nobody for it', async () => {
  const asked = dockerThat('"image inspect"*) echo sha256:1 ;;');
  const { found, missing } = await findImages([product('envoy', 'envoyproxy/envoy:v1')], { withinMs: 5_000 });
  expect(Object.fromEntries(found)).toEqual({ envoy: 'envoyproxy/envoy:v1' });
  expect(missing).toEqual([]);
  expect(asked()).toEqual(['image inspect --format {{.Id}} envoyproxy/envoy:v1']);
});

it('prefers what was made of a package of this machine to a pull', async () => {
  dockerThat(
    '"image inspect"*) exit 1 ;;\n"image ls unclog-zoo-nginx"*) echo unclog-zoo-nginx:1.22.1 ;;\n*) exit 9 ;;',
  );
  const { found } = await findImages([product('nginx', 'nginx:1.28')], { withinMs: 5_000 });
  expect(found.get('nginx')).toBe('unclog-zoo-nginx:1.22.1');
});

it('pulls what has an image and builds what has none', async () => {
  const asked = dockerThat(`${NOT_HERE}\n*) ;;`);
  const products = [product('caddy', 'caddy:2'), product('h2o', 'unclog-zoo-h2o:debian13', 'h2o')];
  const { found } = await findImages(products, { withinMs: 5_000 });
  expect([...found.values()].sort()).toEqual(['caddy:2', 'unclog-zoo-h2o:debian13']);
  expect(asked()).toContain('pull --quiet caddy:2');
  expect(asked().find((line) => line.startsWith('build'))).toContain('PACKAGE=h2o');
});

it('does not ask a registry again that could not be reached', async () => {
  const asked = dockerThat(`${NOT_HERE}\n"pull"*) ${UNREACHED} ;;`);
  const products = Array.from({ length: 12 }, (_, i) => product(`p${i}`, `someone/p${i}:1`));
  const { missing } = await findImages(products, { withinMs: 5_000 });
  expect(missing.map(({ id }) => id)).toEqual(products.map(({ id }) => id));
  expect(missing[11]?.reason).toBe('dial tcp: lookup registry: no such host');
  expect(asked().filter((line) => line.startsWith('pull')).length).toBeLessThanOrEqual(4);
});

it('still asks the others when one image does not exist', async () => {
  dockerThat(`${NOT_HERE}\n"pull --quiet a/gone:1") echo "manifest unknown" >&2; exit 1 ;;\n"pull"*) ;;`);
  const { found, missing } = await findImages([product('gone', 'a/gone:1'), product('there', 'a/there:1')], {
    withinMs: 5_000,
  });
  expect([...found.keys()]).toEqual(['there']);
  expect(missing).toEqual([{ id: 'gone', image: 'a/gone:1', reason: 'manifest unknown' }]);
});

it('waits for a registry that says nothing no longer than it is told, however many images there are', async () => {
  dockerThat(`${NOT_HERE}\n"pull"*) exec sleep 60 ;;`);
  const products = Array.from({ length: 9 }, (_, i) => product(`p${i}`, `r${i}.example/p:1`));
  const startedMs = performance.now();
  const { found, missing } = await findImages(products, { withinMs: 2_000 });
  expect(performance.now() - startedMs).toBeLessThan(20_000);
  expect(found.size).toBe(0);
  expect(missing).toHaveLength(9);
  expect(missing[0]?.reason).toBe('not there within 2 s');
});

it('lists what is not there with the reason', () => {
  const missing = [
    { id: 'envoy', image: 'envoyproxy/envoy:v1', reason: 'no such host' },
    { id: 'kong', image: 'kong:3', reason: 'manifest unknown' },
  ];
  expect(missingLines(missing)).toEqual([
    'not pulled (2):',
    '  envoy  envoyproxy/envoy:v1: no such host',
    '  kong   kong:3: manifest unknown',
  ]);
  expect(missingLines([])).toEqual([]);
});
