import { readFileSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import { findImages, missingLines, pullWithinMs, readMembers } from './members.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Product id → image, for all that are here or could be pulled. */
    images: Record<string, string>;
  }
}

/**
 * Finds the images before the tests, and says behind them which products ran and which could not be pulled. With
 * UNCLOG_REQUIRE=all those must be there that scripts/zoo/debian-images.sh makes.
 */
export default async function setup(project: TestProject): Promise<() => void> {
  const note = (line: string) => void process.stderr.write(`${line}\n`);
  const { found, missing } = await findImages(readMembers(), { withinMs: pullWithinMs(), note });
  const absent = missing.filter(({ id }) => madeOfPackages().includes(id));
  if (process.env.UNCLOG_REQUIRE === 'all' && (found.size === 0 || absent.length > 0))
    throw new Error(
      `UNCLOG_REQUIRE=all, but:\n${missingLines(absent).join('\n')}\nrun scripts/zoo/debian-images.sh`,
    );
  project.provide('images', Object.fromEntries(found));
  return () => {
    const ids = readMembers().flatMap(({ id }) => (found.has(id) ? [id] : []));
    const width = Math.max(...ids.map(({ length }) => length));
    const ran = ids.map((id) => `  ${id.padEnd(width)}  ${found.get(id)}`);
    note(['', `ran (${ran.length}):`, ...ran, ...missingLines(missing)].join('\n'));
  };
}

/** The products that an image can be made of without a registry. */
function madeOfPackages(): string[] {
  const script = readFileSync(new URL('../../scripts/zoo/debian-images.sh', import.meta.url), 'utf8');
  const list = /^PRODUCTS=\(([^)]*)\)/m.exec(script)?.[1] ?? '';
  const ids = [...list.matchAll(/^ {2}'(\S+) /gm)].map(([, id = '']) => id);
  if (ids.length === 0) throw new Error('scripts/zoo/debian-images.sh has no list of products');
  return ids;
}
