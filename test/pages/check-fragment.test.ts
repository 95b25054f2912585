import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { checkRecord, SCENARIOS } from '../../src/pages/check/fixtures.ts';
import { readFragment, writeFragment } from '../../src/pages/check/fragment.ts';
import { judgeRecord } from '../../src/pages/check/judge-record.ts';
import type { Lane } from '../../src/pages/check/model.ts';
import { ShapeError } from '../../src/pages/check/read-json.ts';

/** A fragment as anybody could make it. */
function made(value: unknown): string {
  return `#r=1.${deflateRawSync(JSON.stringify(value)).toString('base64url')}`;
}

/** What a real link holds, for a test to change. */
async function held(scenario: (typeof SCENARIOS)[number] = 'streaming'): Promise<Record<string, unknown>> {
  const fragment = (await writeFragment(checkRecord(scenario))) ?? '';
  const packed = Buffer.from(fragment.slice('#r=1.'.length), 'base64url');
  const { inflateRawSync } = await import('node:zlib');
  return JSON.parse(inflateRawSync(packed).toString()) as Record<string, unknown>;
}

const withoutQuery = (lane: Lane): Lane => ({ ...lane, url: lane.url.split('?', 1)[0] ?? '' });

const lanesOf = (json: Record<string, unknown>) => json.lanes as Record<string, unknown>[];

describe('the fragment of a link', () => {
  it.each(SCENARIOS)('carries "%s" so that the same verdict comes out', async (scenario) => {
    const fragment = await writeFragment(checkRecord(scenario));
    expect(fragment?.length).toBeLessThan(4_000);
    const record = await readFragment(fragment ?? '');
    if (record === null) throw new Error('nothing was read');
    const { verdict, ...state } = judgeRecord(record);
    const { verdict: expected, ...before } = judgeRecord(checkRecord(scenario));
    expect(state.lanes.map(withoutQuery)).toEqual(before.lanes.map(withoutQuery));
    expect({ ...state, lanes: [] }).toEqual({ ...before, lanes: [] });
    expect({ ...verdict, file: null }).toEqual({ ...expected, file: null });
  });

  it('holds no query values and no credentials', async () => {
    const record = checkRecord('streaming');
    for (const { observation } of record.lanes) {
      observation.url = 'https://app.example.com/.well-known/unclog/stream?key=sesame';
      observation.response?.headers.push(['x-api-key', 'sesame'], ['set-cookie', 'sid=sesame']);
    }
    const fragment = (await writeFragment(record)) ?? '';
    expect(JSON.stringify(await readFragment(fragment))).not.toContain('sesame');
  });

  it('is null where there is none', async () => {
    expect(await readFragment('')).toBeNull();
    expect(await readFragment('#what-this-means')).toBeNull();
  });

  it('is not offered where it would be too long for a link', async () => {
    const record = checkRecord('streaming');
    for (const { observation } of record.lanes)
      observation.response?.headers.push(
        ...Array.from({ length: 90 }, (_, i): [string, string] => [
          `x-${i}`,
          [...crypto.getRandomValues(new Uint8Array(900))].join(''),
        ]),
      );
    expect(await writeFragment(record)).toBeNull();
  });

  it.each([
    ['another form', '#r=2.AAAA'],
    ['no base64url', '#r=1.<script>'],
    ['bytes that do not unpack', '#r=1.AAAA'],
    ['an empty value', made(null)],
    ['a list', made([])],
    ['too many characters', `#r=1.${'A'.repeat(30_000)}`],
    [
      'gigabytes in a few bytes',
      `#r=1.${deflateRawSync(Buffer.alloc(20_000_000)).toString('base64url').slice(0, 23_000)}`,
    ],
    ['a record of nothing', made({ version: 1 })],
    ['members beside those that are known', made({ version: 1, __proto__: null, constructor: {} })],
  ])('is refused with a sentence: %s', async (_, fragment) => {
    await expect(readFragment(fragment)).rejects.toThrow(ShapeError);
    await expect(readFragment(fragment)).rejects.toThrow(
      /^The result in this link (cannot be read|is too long|was cut off)/,
    );
  });

  it.each<[string, (json: Record<string, unknown>) => void]>([
    ['a sentence of its own', (json) => Object.assign(json, { warnings: ['Call 555-0100 at once'] })],
    [
      'a sentence in an error',
      (json) =>
        Object.assign(lanesOf(json)[0] ?? {}, {
          error: { code: 'UNCLOG_BROWSER', message: 'Call 555-0100', phase: 'connect', atMs: 1 },
        }),
    ],
    ['a million events', (json) => Object.assign(lanesOf(json)[0]?.plan ?? {}, { events: 1_000_000 })],
    ['an interval of no time', (json) => Object.assign(lanesOf(json)[0]?.plan ?? {}, { intervalMs: 0 })],
    ['a time that is none', (json) => Object.assign(json, { elapsedMs: '1' })],
    [
      'an address of another kind',
      (json) => Object.assign(lanesOf(json)[0] ?? {}, { url: 'javascript:alert(1)' }),
    ],
    ['a second origin of another kind', (json) => Object.assign(json, { compareOrigin: 'data:text/html,x' })],
    ['one lane twice', (json) => lanesOf(json).push({ ...lanesOf(json)[0] })],
    ['a lane that is not known', (json) => Object.assign(lanesOf(json)[0] ?? {}, { id: 'toString' })],
    ['a member of its own', (json) => Object.assign(lanesOf(json)[0] ?? {}, { html: '<b>' })],
  ])('may not hold %s', async (_, change) => {
    const json = await held();
    expect(await readFragment(made(json))).not.toBeNull();
    change(json);
    await expect(readFragment(made(json))).rejects.toThrow(ShapeError);
  });
});
