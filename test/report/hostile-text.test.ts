import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatReport, REPORT_FORMATS } from '../../src/report/format.ts';
import { columnsOf } from '../../src/report/printable.ts';
import { ACTING_CHARACTERS, HOSTILE, withTexts } from '../support/hostile.ts';
import { heldReport, hopFacts, reportOf } from '../support/report-builder.ts';

const plain = { color: false, unicode: false };
const anything = fc.string({ unit: 'binary', maxLength: 60 });

describe.each(REPORT_FORMATS)('%s', (format) => {
  test.each([true, false])('shows no character that acts on a terminal (unicode: %s)', (unicode) => {
    const report = withTexts(heldReport(), HOSTILE);
    expect(formatReport(report, format, { color: false, unicode })).not.toMatch(ACTING_CHARACTERS);
  });

  test('shows none whatever the texts are', () => {
    fc.assert(
      fc.property(anything, fc.boolean(), (text, unicode) => {
        const output = formatReport(withTexts(heldReport(), text), format, { color: false, unicode });
        return !ACTING_CHARACTERS.test(output) && output.endsWith('\n');
      }),
      { numRuns: 60 },
    );
  });
});

test('Text stays ASCII below 80 columns with any texts of short words', () => {
  const words = fc.array(fc.string({ unit: 'binary', maxLength: 9 }), { maxLength: 20 });
  fc.assert(
    fc.property(words, (parts) => {
      const lines = formatReport(withTexts(heldReport(), parts.join(' ')), 'text', plain).split('\n');
      return lines.every((line) => /^[\x20-\x7e]*$/.test(line) && line.length < 80);
    }),
    { numRuns: 60 },
  );
});

test('With unicode on, wide characters count twice and lines stay below 80 columns', () => {
  const report = withTexts(heldReport(), '\u6771\u4eac \u30b9\u30c8\u30ea\u30fc\u30e0 caf\u00e9');
  const lines = formatReport(report, 'text', { color: false, unicode: true }).split('\n');
  expect(lines.join('\n')).toContain('\u6771\u4eac');
  expect(lines.filter((line) => columnsOf(line) > 79)).toEqual([]);
});

test('In ASCII, accents fall and known typography is spelled out', () => {
  const text = formatReport(
    reportOf([hopFacts({ name: 'env\u00edo \u2192 caf\u00e9\u2026' })]),
    'text',
    plain,
  );
  expect(text).toContain('"envio -> cafe..."');
});

test('A colour inside a hop name does not survive, our own does', () => {
  const report = reportOf([hopFacts({ name: '\u001b[32mgreen\u001b[0m' })]);
  const text = formatReport(report, 'text', { color: true, unicode: false });
  expect(text).toContain('?[32mgreen?[0m');
});

test('JSON escapes acting characters without changing the values', () => {
  const report = withTexts(heldReport(), HOSTILE.replace('\ud800', ''));
  expect(JSON.parse(formatReport(report, 'json', plain))).toEqual(report);
});
