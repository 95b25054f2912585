import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGzip } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOrigin, type RunningOrigin } from '../../src/origin/origin.ts';
import { diagnose, JUDGE_DEFAULTS } from '../../src/probe/diagnose.ts';
import { diagnoseSaved } from '../../src/probe/diagnose-saved.ts';
import { observeHops } from '../../src/probe/run-probe.ts';
import { readSaved, saveObservations } from '../../src/probe/saved.ts';
import type { ProbeTarget } from '../../src/probe/targets.ts';
import { everyPeriod, startTcpHop, type TcpHop, untilTheEnd } from '../support/tcp-hop.ts';
import { everyInterval, startTestServer, type TestServer } from '../support/test-server.ts';

const SECRET = 'Zebra';

/** Payloads that all hold a word that must not be in a file. */
const ROWS: Record<string, { type: string; text: (n: number) => string; status?: number; gzip?: true }> = {
  '/ids': { type: 'text/event-stream', text: (n) => `id: ${n}\ndata: ${SECRET} number ${n}\n\n` },
  '/words': {
    type: 'text/event-stream',
    text: (n) =>
      `: ${SECRET}\nevent: delta\ndata: {"type":"delta","${SECRET}":"${SECRET} ${n * n}","n":${n}.5}\n\n`,
  },
  '/short': {
    type: 'text/event-stream; charset=utf-8',
    text: (n) => `data: ${'abcdefghijklmnopqrstuvwxyz'[n]}\n\n`,
  },
  '/foreign': { type: 'text/event-stream', text: (n) => `data: ¿Dónde? 📦 ${SECRET} ${n}\r\n\r\n` },
  '/gzip': {
    type: 'text/event-stream',
    gzip: true,
    text: (n) => `data: ${SECRET} ${Math.random()} ${n}\n\n`,
  },
  '/lines': {
    type: 'application/x-ndjson',
    text: (n) => `{"response":"${SECRET}","n":${n},"done":${n > 19}}\n`,
  },
  '/text': { type: 'text/plain', text: (n) => `${SECRET} ${n} ` },
  '/llm': {
    type: 'text/event-stream',
    text: (n) =>
      n < 20
        ? `data: {"choices":[{"delta":{"content":"${SECRET} ${Math.random()}"}}]}\n\n`
        : 'data: [DONE]\n\n',
  },
  '/page': { type: 'text/html', text: () => `<!DOCTYPE html><html><title>${SECRET}</title>` },
  '/gone': {
    type: 'text/html',
    status: 404,
    text: () =>
      '<html><head><title>404 Not Found</title></head><body><center><h1>404 Not Found</h1></center><hr><center>nginx/1.22.1</center></body></html>\r\n',
  },
  '/apache': {
    type: 'text/html',
    status: 500,
    text: () => `<!DOCTYPE HTML><body><p>${SECRET}</p><address>Apache/2.4.57 (Debian) Server</address>`,
  },
};

describe('a saved recording', () => {
  const folder = mkdtempSync(join(tmpdir(), 'unclog-saved-'));
  const hops: TcpHop[] = [];
  let backend: TestServer;
  let origin: RunningOrigin;
  let holding: TcpHop;
  let batching: TcpHop;
  beforeAll(async () => {
    backend = await startTestServer((request, response) => {
      const row = ROWS[request.url?.split('?')[0] ?? ''];
      const fields = { 'Content-Type': row?.type ?? 'text/plain', 'Set-Cookie': `sid=${SECRET}` };
      response.writeHead(row?.status ?? (row === undefined ? 404 : 200), {
        ...fields,
        ...(row?.gzip ? { 'Content-Encoding': 'gzip' } : {}),
      });
      if (row === undefined) {
        response.end('no');
        return;
      }
      response.flushHeaders();
      const gzip = row.gzip ? createGzip() : null;
      gzip?.pipe(response);
      const out = gzip ?? response;
      const flush = (): void => gzip?.flush();
      everyInterval(
        response,
        { intervalMs: 60, count: 20 },
        (n) => {
          out.write(row.text(n));
          flush();
        },
        () => out.end(),
      );
    });
    origin = await createOrigin({ listen: { host: '127.0.0.1', port: 0 }, intervalMs: 80 });
    holding = await startTcpHop(backend.url, untilTheEnd);
    batching = await startTcpHop(origin.url, everyPeriod(400));
    hops.push(holding, batching);
  });
  afterAll(async () => {
    await Promise.all(hops.map((hop) => hop.close()));
    await origin.close();
    backend.close();
    rmSync(folder, { recursive: true });
  });

  const targets = (path: string): ProbeTarget[] => [
    {
      name: 'near',
      url: `${backend.url}${path}?token=${SECRET}`,
      headers: [['Authorization', `Bearer ${SECRET}`]],
    },
    { name: 'far', url: `${holding.through(backend.url + path)}?token=${SECRET}` },
  ];

  it.concurrent.each(Object.keys(ROWS))(
    'of %s gives the same report, and holds no payload and no secret',
    async (path) => {
      const observations = await observeHops(targets(path));
      const live = diagnose(observations);
      const file = join(folder, `${path.slice(1)}.json`);
      saveObservations(file, observations, { judge: JUDGE_DEFAULTS });
      const saved = readSaved(file);
      expect(diagnoseSaved([saved], JUDGE_DEFAULTS)).toEqual(live);
      const text = readFileSync(file, 'utf8');
      expect(text).not.toContain(SECRET);
      const bodies = saved.observations.flatMap(({ chunks }) =>
        chunks.map(({ base64 }) => Buffer.from(base64, 'base64')),
      );
      expect(Buffer.concat(bodies).toString('utf8')).not.toContain(SECRET);
      expect(saved.payloadKept).toBe(false);
      expect(statSync(file).mode & 0o077).toBe(0);
    },
  );

  it.concurrent('of stamped events keeps the stamps: holds are the same to the millisecond', async () => {
    const observations = await observeHops(
      [
        { name: 'origin', url: `${origin.url}/stream` },
        { name: 'edge', url: batching.through(`${origin.url}/stream`) },
      ],
      { durationMs: 2_000 },
    );
    const live = diagnose(observations);
    expect(live.hops.map(({ verdict }) => verdict)).toEqual(['streaming', 'held']);
    expect(live.hops[1]?.events.holdBasis).toBe('stamps');
    const file = join(folder, 'stamped.json');
    saveObservations(file, observations, { judge: JUDGE_DEFAULTS });
    expect(diagnoseSaved([readSaved(file)], JUDGE_DEFAULTS)).toEqual(live);
  });

  it.concurrent('keeps the payload when asked to, but no credential', async () => {
    const observations = await observeHops(targets('/ids').slice(0, 1));
    const file = join(folder, 'kept.json');
    saveObservations(file, observations, { judge: JUDGE_DEFAULTS, keepPayload: true });
    const saved = readSaved(file);
    expect(saved.payloadKept).toBe(true);
    const body = saved.observations[0]?.chunks
      .map(({ base64 }) => Buffer.from(base64, 'base64').toString())
      .join('');
    expect(body).toContain(`${SECRET} number 20`);
    expect(readFileSync(file, 'utf8')).not.toContain(SECRET);
    expect(diagnoseSaved([saved], JUDGE_DEFAULTS)).toEqual(diagnose(observations));
  });

  it.concurrent('that is none is refused in a sentence that names the file', () => {
    const refused: [name: string, text: string, sentence: RegExp][] = [
      ['cut.json', '{"format":"unclog-obs', /cut\.json: not valid JSON/],
      [
        'other.json',
        '{"a":1}',
        /other\.json: not saved observations, expected a file written by unclog probe --save/,
      ],
      ['report.json', '{"verdict":"held","hops":[]}', /report\.json: this is a report/],
      [
        'old.json',
        '{"format":"unclog-observations","schemaVersion":9}',
        /old\.json: not saved observations of this version/,
      ],
      ['notes.txt', 'hello', /notes\.txt: nothing in it can be judged/],
      [
        'untimed.txt',
        '== Info:   Trying 127.0.0.1:8000...\n',
        /untimed\.txt: line 1 has no time, expected .*--trace-time/,
      ],
    ];
    for (const [name, text, sentence] of refused) {
      writeFileSync(join(folder, name), text);
      expect(() => readSaved(join(folder, name))).toThrow(sentence);
    }
    expect(() => readSaved(join(folder, 'nowhere'))).toThrow(/nowhere: there is no such file/);
  });
});
