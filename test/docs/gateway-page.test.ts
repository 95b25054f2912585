import { readFileSync } from 'node:fs';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { FAULT_FAMILIES } from '../../src/gateway/admin-fault-families.ts';
import { createFamilies } from '../../src/gateway/admin-metric-families.ts';
import { answerTo, type Fault } from '../../src/gateway/errors.ts';
import { LIMITS } from '../../src/gateway/limits.ts';
import { GATEWAY_DEFAULTS } from '../../src/gateway/options.ts';
import { formatAddress } from '../../src/http/listen.ts';
import { writeSize } from '../../src/units.ts';
import { runCli } from '../support/run-cli.ts';

const PAGE = readFileSync(new URL('../../docs/gateway.md', import.meta.url), 'utf8');

/** Rows of the table with this head, their cells without backquotes. */
function table(head: string): string[][] {
  const [, after = ''] = PAGE.split(`\n| ${head} |\n`);
  const rows = after.split('\n').slice(1);
  const end = rows.findIndex((row) => !row.startsWith('|'));
  return rows.slice(0, end).map((row) =>
    row
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim().replaceAll('`', '')),
  );
}

describe('docs/gateway.md', () => {
  it('has a row for each option, with its key, its variable and its default', async () => {
    const { stdout } = await runCli(['gateway', '--help']);
    const help = stdout.slice(stdout.indexOf('Options:')).replaceAll(/\n {4,}/g, ' ');
    const flags = [...help.matchAll(/^ +(--[a-z-]+)/gm)].map((match) => match[1] as string);
    const own = flags.filter((flag) => flag !== '--help' && flag !== '--version');
    const rows = table('flag | key in the file | environment | default | what it sets');
    expect(rows.map(([flag]) => flag).sort()).toEqual(own.sort());
    for (const [flag = '', key, variable, shown] of rows) {
      if (flag === '--check-config' || flag === '--print-config') {
        expect([key, variable, shown]).toEqual(['–', '–', '–']);
        continue;
      }
      const words = flag.slice(2).split('-');
      const camel = words
        .map((word, i) => (i === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1)))
        .join('');
      expect(key).toBe(flag === '--config' ? '–' : camel);
      expect(variable).toBe(`UNCLOG_${words.join('_').toUpperCase()}`);
      const line = help.split('\n').find((text) => text.trim().startsWith(flag)) ?? '';
      const given = /\(default:? ([^)]+)\)/.exec(line.replaceAll(/\s+/g, ' '))?.[1];
      if (given !== undefined) expect([flag, shown]).toEqual([flag, given]);
      else expect([flag, shown]).toEqual([flag, flag === '--upstream' ? 'needed' : '–']);
    }
  });

  it('gives the defaults of the library, too', () => {
    const shown = new Map(
      table('flag | key in the file | environment | default | what it sets').map(
        ([, key = '', , text = '']) => [key, text],
      ),
    );
    const written = Object.entries(GATEWAY_DEFAULTS).map(([name, value]) => {
      const key = name.replace(/(?:Ms|Bytes)$/, '');
      if (value === null || value === false || (value === 0 && name.endsWith('Bytes'))) return [key, 'off'];
      if (name.endsWith('Bytes')) return [key, writeSize(Number(value))];
      if (name.endsWith('Ms')) return [key, `${Number(value) / 1_000}s`];
      if (name === 'streamPaths') return ['streamPath', (value as unknown as string[]).join(' and ')];
      if (name === 'listen') return [name, formatAddress(GATEWAY_DEFAULTS.listen)];
      return [name, String(value)];
    });
    expect(written.map(([name = '']) => [name, shown.get(name)])).toEqual(written);
  });

  it('has a row for each answer of the gateway’s own, as it is sent', () => {
    const faults = Object.keys(FAULT_FAMILIES) as Fault[];
    expect(table('reason in the metrics | status | `error` in `Proxy-Status` | `detail`')).toEqual(
      faults.map((fault) => {
        const { status, headers, body } = answerTo(fault);
        const error = headers['Proxy-Status']?.replace('unclog; error=', '');
        return [fault, String(status), error, JSON.parse(body).detail];
      }),
    );
  });

  it('has a row for each metric, and one for each outcome', async () => {
    const registry = new Registry();
    const families = createFamilies(registry);
    const all = await registry.getMetricsAsJSON();
    const rows = table('metric | type | labels | what it counts');
    expect(rows.map(([name, type, , help]) => [name, type, help])).toEqual(
      all.map(({ name, type, help }) => [name, String(type), help]),
    );
    const { values } = await families.streamsEnded.get();
    const outcomes = [...new Set(values.map(({ labels }) => String(labels.outcome)))];
    expect(table('outcome | what happened').map(([outcome]) => outcome)).toEqual(outcomes);
    for (const [name = '', , labels = ''] of rows) {
      const text = await registry.getSingleMetricAsString(name);
      if (labels !== '–' && text.includes('{'))
        for (const label of labels.split(', ')) expect(text).toContain(`${label}="`);
    }
  });

  it('gives the limits that the code has', () => {
    const cells = table('what | limit | beyond it').map(([, limit]) => limit);
    const kib = (bytes: number): string => `${bytes / 1_024} KiB`;
    expect(cells).toEqual([
      `${kib(GATEWAY_DEFAULTS.maxRequestHeadBytes)} (--max-request-head), ${LIMITS.requestHeadLines} fields`,
      `${LIMITS.waitingRequests}, ${kib(LIMITS.waitingBodyBytes)}`,
      `${kib(LIMITS.responseHeadBytes)}, ${LIMITS.responseHeadLines} fields, ${LIMITS.interimResponses} interim responses`,
      `${LIMITS.decodedFreeBytes / 1_048_576} MiB, then ${LIMITS.decodedRatio} times the coded size`,
    ]);
    expect(table('of one HTTP/2 connection | limit | beyond it').map(([, limit]) => limit)).toEqual([
      String(LIMITS.http2Streams),
      `${LIMITS.http2ResetBurst} at once, then ${LIMITS.http2ResetsPerS} a second`,
      `${LIMITS.http2ControlBurst} at once, then ${LIMITS.http2ControlsPerS} a second`,
      `${kib(GATEWAY_DEFAULTS.maxRequestHeadBytes)} (--max-request-head), ${LIMITS.requestHeadLines} fields`,
      '--request-head-timeout for the first, then 65 s',
    ]);
  });
});
