import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { z } from 'zod';
import { formatReport } from '../../src/report/format.ts';
import { reportJsonSchema, reportSchema } from '../../src/report/schema.ts';
import type { Report } from '../../src/types.ts';
import { heldReport, hopFacts, reportOf } from '../support/report-builder.ts';

/** The compiler's part of the test: every report is something that the schema accepts. */
const accepted = (report: Report): z.input<typeof reportSchema> => report;

const root = new URL('../../', import.meta.url);
const unreachable = reportOf([
  hopFacts({
    arrivalsMs: [],
    verdict: 'unreachable',
    error: { code: 'ECONNREFUSED', message: 'x', phase: 'connect', atMs: 1 },
  }),
]);

test.each([
  ['held', heldReport()],
  ['unreachable', unreachable],
  ['without hops', reportOf([])],
])('A report (%s) is what the schema describes, field for field', (_, report) => {
  const json: unknown = JSON.parse(formatReport(report, 'json', { color: false, unicode: false }));
  // Parsing drops fields that the schema does not know: equal means that it knows them all.
  expect(reportSchema.parse(json)).toEqual(json);
  expect(accepted(report)).toEqual(json);
});

test.each([
  ['a verdict that does not exist', { verdict: 'fine' }],
  ['another schema version', { schemaVersion: 2 }],
  ['a time that is none', { startedAt: 'yesterday' }],
  ['a missing list', { findings: undefined }],
])('The schema refuses %s', (_, change) => {
  expect(reportSchema.safeParse({ ...heldReport(), ...change }).success).toBe(false);
});

test('report.schema.json is current (write it with npm run generate)', () => {
  const file: unknown = JSON.parse(readFileSync(new URL('report.schema.json', root), 'utf8'));
  expect(file).toEqual(reportJsonSchema());
});

test('The JSON Schema names its draft', () => {
  expect(reportJsonSchema().$schema).toBe('https://json-schema.org/draft/2020-12/schema');
});

test('docs/report.md explains every field', () => {
  const text = readFileSync(new URL('docs/report.md', root), 'utf8');
  const missing = [...fieldNames(reportJsonSchema())].filter((name) => !text.includes(`\`${name}\``));
  expect(missing).toEqual([]);
});

function fieldNames(schema: unknown, found = new Set<string>()): Set<string> {
  if (typeof schema !== 'object' || schema === null) return found;
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'properties') for (const name of Object.keys(value as object)) found.add(name);
    fieldNames(value, found);
  }
  return found;
}
