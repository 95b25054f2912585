import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { INTERMEDIARY_BY_ID } from '../../src/knowledge/intermediaries/index.ts';
import { createOrigin, type RunningOrigin } from '../../src/origin/origin.ts';
import type { Report, Verdict } from '../../src/types.ts';
import { type ProductId, probeCalmly, replaceAll, startIntermediary } from '../support/intermediary.ts';
import { startTestNginx, type TestNginxOptions } from '../support/nginx.ts';
import { hasTool, type ToolName } from '../support/tools.ts';
import { startUwsgi } from '../support/uwsgi.ts';

const STREAM = '/.well-known/unclog/stream';
const SMALL = `${STREAM}?events=12&interval=100ms`;
const LONG = `${STREAM}?events=25&interval=80ms`;
const LARGE = `${STREAM}?events=12&interval=100ms&size=600&fill=repeated`;
const QUIET = `${STREAM}?events=12&interval=100ms&quiet-after=6&quiet=4s`;
/** What `proxy_pass` alone means before nginx 1.29.7. */
const STOCK = 'proxy_http_version 1.0;';

interface Running {
  url: string;
  certificate?: { pem: string } | null;
  close(): Promise<void>;
}

interface Trial {
  product: ToolName;
  /** Beside the product. */
  needs?: ToolName;
  /** The entry of `ineffective` that this follows, as it stands in the knowledge base. */
  advice: string;
  path: string;
  verdict: Verdict;
  start(upstream: string): Promise<Running>;
}

function nginx(
  advice: string,
  path: string,
  options: Partial<TestNginxOptions>,
  verdict: Verdict = 'held',
): Trial {
  return {
    product: 'nginx',
    advice,
    path,
    verdict,
    start: (upstream) => startTestNginx({ upstream, ...options }),
  };
}

function shipped(
  id: ProductId,
  advice: string,
  path: string,
  from: string,
  to: string,
  verdict: Verdict = 'held',
): Trial {
  const edit = (text: string): string => replaceAll(text, from, to);
  return {
    product: id,
    advice,
    path,
    verdict,
    start: (upstream) => startIntermediary(id, 'buffering', { upstream, edit }),
  };
}

const TRIALS: readonly Trial[] = [
  nginx('add_header X-Accel-Buffering no;', SMALL, { location: `${STOCK} add_header X-Accel-Buffering no;` }),
  nginx('proxy_set_header X-Accel-Buffering no;', SMALL, {
    location: `${STOCK} proxy_set_header X-Accel-Buffering no;`,
  }),
  nginx(
    'chunked_transfer_encoding off; tcp_nodelay on; proxy_cache off; proxy_max_temp_file_size 0;',
    SMALL,
    {
      location: `${STOCK} chunked_transfer_encoding off; tcp_nodelay on; proxy_cache off; proxy_max_temp_file_size 0;`,
    },
  ),
  nginx('smaller proxy_buffers and proxy_buffer_size', LONG, {
    location: `${STOCK} proxy_buffer_size 1k; proxy_buffers 4 1k; proxy_busy_buffers_size 2k;`,
  }),
  nginx('ssl_buffer_size 4k;', `${STREAM}?events=30&interval=50ms&size=600`, {
    tls: true,
    location: 'proxy_http_version 1.1; proxy_set_header Connection "";',
    server: 'ssl_buffer_size 4k;',
  }),
  nginx(
    'keepalive_timeout 3600; send_timeout 3600; proxy_send_timeout 3600;',
    QUIET,
    {
      location:
        'proxy_buffering off; proxy_read_timeout 2s; keepalive_timeout 3600; send_timeout 3600; proxy_send_timeout 3600;',
    },
    'cut',
  ),
  {
    product: 'nginx',
    needs: 'uwsgi',
    advice: 'proxy_buffering off; where the backend is reached by fastcgi_pass, uwsgi_pass or scgi_pass',
    path: SMALL,
    verdict: 'held',
    start: async (upstream) => {
      const backend = await startUwsgi('fastcgi')(upstream);
      const pass = `include /etc/nginx/fastcgi_params; fastcgi_pass ${new URL(backend.url).host};`;
      const hop = await startTestNginx({ server: `location / { ${pass} proxy_buffering off; }` });
      const close = async () => {
        await hop.close();
        await backend.close();
      };
      return { url: hop.url, close };
    },
  },
  shipped(
    'haproxy',
    'timeout tunnel 1h',
    QUIET,
    'timeout server 50s',
    'timeout server 2s\n    timeout tunnel 1h',
    'cut',
  ),
  shipped(
    'haproxy',
    'timeout client 1h',
    QUIET,
    'timeout server 50s',
    'timeout server 2s\n    timeout client 1h',
    'cut',
  ),
  shipped(
    'haproxy',
    'no option http-buffer-request',
    LONG,
    'timeout connect 5s',
    'timeout connect 5s\n    no option http-buffer-request',
  ),
  shipped(
    'haproxy',
    'option http-server-close',
    LONG,
    'timeout connect 5s',
    'timeout connect 5s\n    option http-server-close',
  ),
  shipped(
    'caddy',
    'flush_interval -1 in reverse_proxy',
    LARGE,
    'reverse_proxy 127.0.0.1:8000',
    'reverse_proxy 127.0.0.1:8000 {\n\t\tflush_interval -1\n\t}',
  ),
  shipped(
    'apache',
    'flushpackets=on or flushwait=10 on a ProxyPass to http://',
    LONG,
    '"http://127.0.0.1:8000/"\n    ProxyPassReverse',
    '"http://127.0.0.1:8000/" flushpackets=on flushwait=10\n    ProxyPassReverse',
  ),
  shipped(
    'apache',
    'KeepAliveTimeout 3600',
    QUIET,
    'ProxyTimeout 60',
    'ProxyTimeout 2\n    KeepAliveTimeout 3600',
    'cut',
  ),
  shipped(
    'lighttpd',
    'server.stream-request-body = 2',
    SMALL,
    'server.document-root',
    'server.stream-request-body = 2\nserver.document-root',
  ),
  shipped(
    'varnish',
    'unset req.http.Accept-Encoding; in vcl_recv',
    SMALL,
    'sub vcl_backend_response {',
    'sub vcl_recv {\n    unset req.http.Accept-Encoding;\n}\n\nsub vcl_backend_response {',
  ),
  shipped(
    'varnish',
    'set beresp.ttl = 0s;',
    SMALL,
    'set beresp.do_gzip = true;',
    'set beresp.do_gzip = true;\n        set beresp.ttl = 0s;',
  ),
  shipped(
    'nghttpx',
    'frontend-keep-alive-timeout=1h',
    QUIET,
    'backend-read-timeout=1m',
    'backend-read-timeout=2s\nfrontend-keep-alive-timeout=1h',
    'cut',
  ),
];

const isUsable = ({ product, needs = product }: Trial): boolean => hasTool(product) && hasTool(needs);

/** Half of the 200 ms of HAProxy and Apache. */
const MAX_HOLD_MS = 100;

/** The advice of the knowledge base that does nothing, followed on the real products. */
describe.concurrent('advice that does nothing', () => {
  let origin: RunningOrigin;
  const started = new Map<Trial, Running>();
  // All at once and before the first measurement: Varnish compiles its configuration.
  beforeAll(async () => {
    origin = await createOrigin({ listen: { host: '127.0.0.1', port: 0 } });
    const usable = TRIALS.filter(isUsable);
    await Promise.all(usable.map(async (trial) => started.set(trial, await trial.start(origin.url))));
  }, 60_000);
  afterAll(async () => {
    await Promise.all([...started.values()].map((one) => one.close()));
    await origin.close();
  });

  for (const trial of TRIALS) {
    const { product, advice, path, verdict } = trial;
    it.skipIf(!isUsable(trial))(`${product}: ${advice}: still ${verdict}`, async () => {
      const hop = started.get(trial);
      if (hop === undefined) throw new Error(`${product} was not started`);
      const report: Report = await probeCalmly(
        [
          { name: 'origin', url: origin.url + path },
          { name: product, url: hop.url + path },
        ],
        { maxHoldMs: MAX_HOLD_MS, ...(hop.certificate == null ? {} : { ca: hop.certificate.pem }) },
      );
      expect(report.hops.map((one) => one.verdict)).toEqual(['streaming', verdict]);
    });
  }

  it('is called tested only where it was followed here', () => {
    const followed = new Set(TRIALS.map(({ product, advice }) => `${product}: ${advice}`));
    for (const [id, { ineffective }] of INTERMEDIARY_BY_ID) {
      for (const { advice, tested } of ineffective)
        if (tested) expect(followed).toContain(`${id}: ${advice}`);
    }
    for (const { product, advice } of TRIALS) {
      const known = INTERMEDIARY_BY_ID.get(product)?.ineffective.find((one) => one.advice === advice);
      expect(known?.tested, `${product}: ${advice}`).toBe(true);
    }
  });
});

describe.skipIf(!hasTool('nginx'))('padding and Connection: keep-alive from the origin', () => {
  it('let the first bytes through a buffering nginx, and no event after them', async () => {
    const padding = `:${' '.repeat(12_000)}\n\n`;
    let ended = false;
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream', Connection: 'keep-alive' });
      response.write(padding);
      response.write('data: one\n\n');
      setTimeout(() => {
        ended = true;
        response.end();
      }, 1_500);
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const upstream = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const hop = await startTestNginx({ upstream, location: STOCK });
    try {
      const response = await fetch(hop.url);
      let text = '';
      let paddingEarly = false;
      let eventEarly = false;
      for await (const piece of response.body ?? []) {
        text += Buffer.from(piece).toString();
        paddingEarly ||= text.length > 0 && !ended;
        eventEarly ||= text.includes('data: one') && !ended;
      }
      expect(text).toContain('data: one');
      expect({ paddingEarly, eventEarly }).toEqual({ paddingEarly: true, eventEarly: false });
    } finally {
      await hop.close();
      server.closeAllConnections();
      server.close();
    }
  });
});

describe.skipIf(!hasTool('nginx'))('lines for nginx that no shipped file has', () => {
  let origin: RunningOrigin;
  beforeAll(async () => {
    origin = await createOrigin({ listen: { host: '127.0.0.1', port: 0 } });
  });
  afterAll(() => origin.close());

  async function verdictWith(options: Partial<TestNginxOptions>, path: string): Promise<Verdict | undefined> {
    const hop = await startTestNginx({ upstream: origin.url, ...options });
    try {
      return (await probeCalmly([{ name: 'nginx', url: hop.url + path }])).hops[0]?.verdict;
    } finally {
      await hop.close();
    }
  }

  it('proxy_ignore_headers X-Accel-Buffering makes the opt-out of the origin useless', async () => {
    const path = `${SMALL}&opt-out=x-accel-buffering`;
    expect(await verdictWith({ location: `${STOCK} proxy_ignore_headers X-Accel-Buffering;` }, path)).toBe(
      'held',
    );
    expect(await verdictWith({ location: STOCK }, path)).toBe('streaming');
  });

  it('gzip off lets flow what gzip holds', async () => {
    const http = 'gzip on; gzip_types text/event-stream; gzip_min_length 0;';
    const newer = 'proxy_http_version 1.1; proxy_set_header Connection "";';
    expect(await verdictWith({ http, location: newer }, SMALL)).toBe('held');
    expect(await verdictWith({ http, location: `${newer} gzip off;` }, SMALL)).toBe('streaming');
  });
});
