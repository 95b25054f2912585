import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startSecurePath } from './support/secure-gateway.ts';
import { CHUNKED_HEAD, chunk } from './support/start-gateway.ts';

/** curl, its output as it comes. */
function curl(args: string[]) {
  const child = spawn('curl', ['-sSNk', '--max-time', '30', ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let text = '';
  let errors = '';
  child.stdout.on('data', (piece: Buffer) => {
    text += piece;
  });
  child.stderr.on('data', (piece: Buffer) => {
    errors += piece;
  });
  return {
    child,
    text: () => text,
    errors: () => errors,
    ended: once(child, 'close').then(([code]) => code as number),
    async until(wanted: string): Promise<void> {
      const untilMs = performance.now() + 15_000;
      while (!text.includes(wanted)) {
        if (performance.now() > untilMs) throw new Error(`no "${wanted}" in: ${text}; ${errors}`);
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    },
  };
}

describe.each([
  ['--http2', 'HTTP/2 200', '2.0'],
  ['--http1.1', 'HTTP/1.1 200 OK', '1.1'],
  ['--http1.0', 'HTTP/1.1 200 OK', '1.0'],
])('curl %s over TLS', (version, statusLine, logged) => {
  it('gets each event before the next is sent', async () => {
    const { upstream, gateway } = await startSecurePath();
    const client = curl(['-i', version, `${gateway.running.url}/stream`]);
    const origin = await upstream.next();
    await origin.until('\r\n\r\n');
    origin.write(CHUNKED_HEAD);
    for (let n = 0; n < 100; n++) {
      origin.write(chunk(`data: event ${n}\n\n`));
      await client.until(`data: event ${n}\n\n`);
    }
    // curl shows the head with the first byte of the body.
    expect(client.text()).toContain(statusLine);
    origin.write('0\r\n\r\n');
    expect(await client.ended).toBe(0);
    expect(await gateway.exchange()).toMatchObject({ outcome: 'complete', httpVersion: logged });
  });

  it('fails when the upstream breaks off', async () => {
    const { upstream, gateway } = await startSecurePath();
    const client = curl([version, `${gateway.running.url}/stream`]);
    const origin = await upstream.next();
    await origin.until('\r\n\r\n');
    origin.write(CHUNKED_HEAD + chunk('data: last\n\n'));
    await client.until('data: last\n\n');
    origin.socket.end();
    expect(await client.ended).not.toBe(0);
    expect(client.text()).toBe('data: last\n\n');
  });

  it('sends a body', async () => {
    const { upstream, gateway } = await startSecurePath();
    const client = curl([version, '--data-binary', '{"stream":true}', `${gateway.running.url}/stream`]);
    const origin = await upstream.next();
    expect(await origin.until('{"stream":true}')).toMatch(/^POST \/stream HTTP\/1\.1\r\n/);
    origin.write(`HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok`);
    expect(await client.ended).toBe(0);
    expect(client.text()).toBe('ok');
  });

  it('is gone for the upstream when it is stopped', async () => {
    const { upstream, gateway } = await startSecurePath();
    const client = curl([version, `${gateway.running.url}/stream`]);
    const origin = await upstream.next();
    await origin.until('\r\n\r\n');
    origin.write(CHUNKED_HEAD + chunk('data: a\n\n'));
    await client.until('data: a');
    client.child.kill('SIGINT');
    await origin.untilEnd();
    expect(await gateway.exchange()).toMatchObject({ outcome: 'client-gone' });
  });
});
