import { mkdtemp } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../src/demo/watched-nginx.ts';
import { type RunningIntermediary, repositoryRoot } from './drivers/driver.ts';
import { spawnWatched } from './drivers/launch.ts';

/** What a server in front speaks to it. */
export type UwsgiProtocol = 'fastcgi' | 'uwsgi';

/** One thread serves one stream. */
const THREADS = 40;
const READY_WITHIN_MS = 10_000;

/**
 * The real uWSGI with an application that passes each request on to an HTTP origin: a backend that speaks FastCGI or
 * uwsgi, and whose events are those of the origin. The URL has the port that the server in front forwards to.
 */
export function startUwsgi(protocol: UwsgiProtocol): (upstream: string) => Promise<RunningIntermediary> {
  return async (upstream) => {
    const port = await freePort();
    const folder = await mkdtemp(join(tmpdir(), 'unclog-uwsgi-'));
    const child = spawnWatched(
      [
        ...['uwsgi', '--plugin', 'python3', `--${protocol}-socket`, `127.0.0.1:${port}`],
        ...['--wsgi-file', join(repositoryRoot(), 'test/support/uwsgi-relay.py'), '--need-app'],
        ...['--env', `UPSTREAM=${new URL(upstream).port}`, '--threads', String(THREADS)],
        ...['--die-on-term', '--disable-logging', '--log-master-bufsize', '8192'],
      ],
      folder,
    );
    const until = performance.now() + READY_WITHIN_MS;
    while (!(await accepts(port))) {
      if (child.ended() || performance.now() > until) {
        await child.stop();
        throw new Error(`uWSGI did not start:\n${child.messages()}`);
      }
      await delay(50);
    }
    return { url: `http://127.0.0.1:${port}`, close: () => child.stop() };
  };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
