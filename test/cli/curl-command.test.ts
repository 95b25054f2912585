import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCurlLine } from '../../src/cli/curl-command.ts';
import type { Report } from '../../src/types.ts';
import { runCli } from '../support/run-cli.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

interface Seen {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

describe('unclog curl sends what the pasted line says', () => {
  const folder = mkdtempSync(join(tmpdir(), 'unclog-curl-'));
  const seen: Seen[] = [];
  let server: TestServer;
  beforeAll(async () => {
    writeFileSync(join(folder, 'body.json'), '{"a":\n1}\n');
    server = await startTestServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      request.on('end', () => {
        seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
        response.writeHead(200, { 'Content-Type': 'text/event-stream' });
        for (let n = 1; n <= 6; n += 1) response.write(`id: ${n}\ndata: ${n}\n\n`);
        response.end();
      });
    });
  });
  afterAll(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  const first = async (words: string[]): Promise<{ request: Seen; report: Report; stderr: string }> => {
    seen.length = 0;
    const { stdout, stderr, code } = await runCli(['curl', ...words, '--', '--json']);
    expect(stderr).not.toMatch(/^unclog:/m);
    expect(code).toBe(0);
    const request = seen.find(({ url }) => url.startsWith('/v1'));
    if (request === undefined) throw new Error('no request came');
    return { request, report: JSON.parse(stdout) as Report, stderr };
  };

  it('as a browser copies it: method, fields, cookies, body; and none of the secrets gets into the report', async () => {
    const { request, report, stderr } = await first([
      `${server.url}/v1/chat?key=s3cret`,
      ...['-sSN', '--compressed', '-X', 'POST', '-H', 'Authorization: Bearer s3cret', '-b', 'sid=s3cret'],
      ...[
        '-A',
        'Browser/1.0',
        '-H',
        'content-type: application/json',
        '--data-raw',
        '{"stream":true,"at":"@x"}',
      ],
    ]);
    expect(request).toMatchObject({
      method: 'POST',
      url: '/v1/chat?key=s3cret',
      headers: {
        authorization: 'Bearer s3cret',
        cookie: 'sid=s3cret',
        'user-agent': 'Browser/1.0',
        'content-type': 'application/json',
      },
      body: '{"stream":true,"at":"@x"}',
    });
    expect(stderr).toMatch(/^note: not needed here: -s, -S, -N$/m);
    expect(stderr).toMatch(/^sending 1 stream request to 127\.0\.0\.1:\d+/);
    expect(JSON.stringify(report) + stderr).not.toContain('s3cret');
  });

  it('with the body from a file: -d without line breaks, --data-binary as it is, joined with &', async () => {
    const file = `@${join(folder, 'body.json')}`;
    const { request } = await first([`${server.url}/v1/x`, '-d', file, '--data-binary', file]);
    expect(request).toMatchObject({ method: 'POST', body: '{"a":1}&{"a":\n1}\n' });
  });

  it('with -G in the query, and -u as Basic authentication', async () => {
    const { request } = await first([`${server.url}/v1/x?a=1`, '-G', '-d', 'b=2', '-u', 'me:pw']);
    expect(request).toMatchObject({ method: 'GET', url: '/v1/x?a=1&b=2', body: '' });
    expect(request.headers.authorization).toBe(`Basic ${Buffer.from('me:pw').toString('base64')}`);
  });

  it('and says what is missing in one sentence, before anything is sent', async () => {
    const lines: [words: string[], sentence: RegExp][] = [
      [
        ['-d', '@/nonexistent', 'http://127.0.0.1:1/'],
        /^-d: cannot read \/nonexistent: there is no such file$/,
      ],
      [['-u', 'me', 'http://127.0.0.1:1/'], /^-u: there is no password/],
      [['-b', 'jar.txt', 'http://127.0.0.1:1/'], /^-b: "jar\.txt" is no cookie/],
      [['-m', '30s', 'http://127.0.0.1:1/'], /^-m: "30s" is not a number of seconds/],
      [['-x', 'socks5://a:1', 'http://127.0.0.1:1/'], /^-x: a socks5 proxy is not supported/],
      [
        ['--resolve', 'a:b', 'http://127.0.0.1:1/'],
        /^--resolve: "a:b" is not understood, expected HOST:PORT:ADDRESS/,
      ],
      [['--cert', '/nonexistent', 'http://127.0.0.1:1/'], /^--cert: cannot read \/nonexistent/],
      [['--key', '/k', 'http://127.0.0.1:1/'], /^--key: there is no --cert/],
      [['--http2', '--http1.1', 'http://127.0.0.1:1/'], /^--http1\.1 and --http2: expected one HTTP version/],
      [['http://127.0.0.1:1/', '--duration', '5'], /^--duration: "5".*did you mean 5s/],
      [['http://127.0.0.1:1/', '--save-payload'], /^--save-payload: there is no --save FILE/],
    ];
    for (const [words, sentence] of lines) await expect(runCurlLine(words)).rejects.toThrow(sentence);
  });
});
