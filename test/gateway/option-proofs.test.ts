import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { GATEWAY_FLAGS } from '../../src/cli/gateway-flags.ts';
import { ejectionBlock } from '../../src/gateway/config/ejection.ts';
import { ALIASES, gatewayBlock } from '../../src/gateway/config/gateway.ts';
import { healthCheckBlock } from '../../src/gateway/config/health-check.ts';
import { listenerEntry } from '../../src/gateway/config/listener.ts';
import { routeEntry } from '../../src/gateway/config/route.ts';
import { keysOf } from '../../src/gateway/config/schema-walk.ts';
import { targetBlock } from '../../src/gateway/config/target.ts';
import { upstreamEntry } from '../../src/gateway/config/upstream.ts';
import { FLAG_PROOFS, OPTION_PROOFS } from './option-proofs.ts';

const BLOCKS: Readonly<Record<string, z.core.$ZodType>> = {
  gateway: gatewayBlock,
  listeners: listenerEntry,
  upstreams: upstreamEntry,
  targets: targetBlock,
  healthCheck: healthCheckBlock,
  ejection: ejectionBlock,
  routes: routeEntry,
};

const camel = (flag: string): string =>
  flag.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

describe('every option has a test that sees it act', () => {
  it.each(Object.entries(BLOCKS))('each key of %s, and nothing that is none', (name, schema) => {
    const keys = (keysOf(schema) ?? []).map((key) => key.name).sort();
    expect(Object.keys(OPTION_PROOFS[name] ?? {}).sort()).toEqual(keys);
  });

  it('each flag', () => {
    const keys = new Set(Object.keys(OPTION_PROOFS.gateway ?? {}));
    const flags = Object.keys(GATEWAY_FLAGS).filter((flag) => {
      const key = camel(flag);
      return !keys.has(ALIASES.get(key) ?? key);
    });
    expect(flags.sort()).toEqual(Object.keys(FLAG_PROOFS).sort());
  });

  const all = [...Object.values(OPTION_PROOFS), FLAG_PROOFS].flatMap((block) => Object.values(block)).flat();
  const distinct = new Map(all.map((proof) => [proof.join(': '), proof]));

  it.each([...distinct.values()])('a test that exists: %s, %s', (file, name) => {
    const path = new URL(`./${file}.test.ts`, import.meta.url);
    expect(existsSync(path), file).toBe(true);
    const source = readFileSync(path, 'utf8');
    expect(
      ["'", '"', '`'].some((quote) => source.includes(`${quote}${name}`)),
      name,
    ).toBe(true);
  });

  it('for none is the list of tests empty', () => {
    const blocks = [...Object.values(OPTION_PROOFS), FLAG_PROOFS];
    const empty = blocks.flatMap((block) =>
      Object.entries(block).filter(([, proofs]) => proofs.length === 0),
    );
    expect(empty).toEqual([]);
  });
});
