import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { eventText } from '../../src/origin/event-text.ts';

const NOW = 1_760_000_000_000;
const dataOf = (text: string) => /^data: (.*)$/m.exec(text)?.[1] ?? '';

test.each([0, 10, 32, 33, 34, 40, 41, 42, 64, 600, 2_048, 4_096])(
  'data is padded to %i bytes, if it is not longer',
  (eventBytes) => {
    for (const fill of ['random', 'repeated'] as const) {
      const data = dataOf(eventText(1, NOW, { eventBytes, fill }));
      expect(Buffer.byteLength(data)).toBe(Math.max(eventBytes, 32));
      expect(JSON.parse(data)).toMatchObject({ seq: 1, sentAt: NOW });
    }
  },
);

test('padding counts bytes, not characters', () => {
  const data = dataOf(eventText(1, NOW, { eventBytes: 200, fill: 'repeated' }, { place: 'Almacén' }));
  expect(Buffer.byteLength(data)).toBe(200);
});

test('repeated padding compresses to almost nothing, random padding hardly', () => {
  const size = (fill: 'random' | 'repeated') =>
    gzipSync(eventText(1, NOW, { eventBytes: 8_192, fill })).length;
  expect(size('repeated')).toBeLessThan(200);
  expect(size('random')).toBeGreaterThan(8_192 * 0.7);
});
