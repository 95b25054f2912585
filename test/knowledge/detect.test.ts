import { describe, expect, it } from 'vitest';
import { detectIntermediaries } from '../../src/knowledge/detect.ts';
import { INTERMEDIARIES } from '../../src/knowledge/intermediaries/index.ts';
import { suspectFromHold } from '../../src/knowledge/suspect.ts';
import type { DetectedIntermediary, HeaderList, Observation } from '../../src/types.ts';
import { type HopPlan, hopFacts, rawChunks } from '../support/facts-builder.ts';

interface Sample {
  /** Fields beside those of the stream. */
  headers?: HeaderList;
  plan?: HopPlan;
  nearer?: HopPlan;
  is: DetectedIntermediary['confidence'];
  version?: string;
  /** Other products whose marks the same answer carries for certain. */
  also?: string[];
}

const TLS = { protocol: 'TLSv1.3', alpn: 'h2' };

/** Answers as the products send them. */
const SAMPLES: Record<string, Sample> = {
  nginx: { headers: [['Server', 'nginx/1.22.1']], is: 'certain', version: '1.22.1' },
  'ingress-nginx': {
    plan: { observation: { tls: { ...TLS, issuer: 'CN=Kubernetes Ingress Controller Fake Certificate' } } },
    is: 'certain',
  },
  haproxy: {
    plan: {
      headers: [
        ['content-type', 'text/event-stream'],
        ['x-accel-buffering', 'no'],
        ['cache-control', 'no-cache'],
      ],
    },
    nearer: {},
    is: 'likely',
  },
  caddy: { headers: [['Server', 'Caddy']], is: 'certain' },
  apache: { headers: [['Server', 'Apache/2.4.57 (Debian)']], is: 'likely', version: '2.4.57' },
  lighttpd: { headers: [['Server', 'lighttpd/1.4.69']], is: 'certain', version: '1.4.69' },
  varnish: {
    headers: [
      ['X-Varnish', '32770'],
      ['Via', '1.1 varnish (Varnish/7.1)'],
    ],
    is: 'certain',
  },
  nghttpx: {
    headers: [
      ['Server', 'nghttpx'],
      ['Via', '1.1 nghttpx'],
    ],
    is: 'certain',
  },
  pushpin: { headers: [['Connection', 'Transfer-Encoding']], is: 'likely' },
  envoy: {
    headers: [
      ['server', 'envoy'],
      ['x-envoy-upstream-service-time', '3'],
    ],
    is: 'certain',
  },
  istio: { headers: [['server', 'istio-envoy']], is: 'certain' },
  traefik: { plan: { observation: { tls: { ...TLS, issuer: 'CN=TRAEFIK DEFAULT CERT' } } }, is: 'certain' },
  squid: {
    headers: [
      ['Via', '1.1 host (squid/5.7)'],
      ['X-Cache', 'MISS from host'],
    ],
    is: 'certain',
    version: '5.7',
  },
  h2o: { headers: [['Server', 'h2o/2.2.5']], is: 'certain', version: '2.2.5' },
  trafficserver: { headers: [['Server', 'ATS/9.2.3']], is: 'certain', version: '9.2.3' },
  cloudflare: {
    headers: [
      ['Server', 'cloudflare'],
      ['CF-RAY', '8f2a-FRA'],
    ],
    is: 'certain',
  },
  cloudfront: {
    headers: [
      ['X-Amz-Cf-Id', 'abc=='],
      ['Via', '1.1 abc.cloudfront.net (CloudFront)'],
    ],
    is: 'certain',
  },
  fastly: {
    headers: [
      ['X-Served-By', 'cache-fra-1'],
      ['Via', '1.1 varnish'],
      ['X-Timer', 'S1.2,VS0,VE1'],
    ],
    is: 'certain',
  },
  bunny: {
    headers: [
      ['Server', 'BunnyCDN-DE1-1047'],
      ['CDN-Cache', 'MISS'],
    ],
    is: 'certain',
  },
  fly: {
    headers: [
      ['Server', 'Fly/d7b0cc'],
      ['Fly-Request-Id', '01'],
    ],
    is: 'certain',
  },
  heroku: { headers: [['Via', '1.1 vegur']], is: 'certain' },
  'aws-alb': { headers: [['Set-Cookie', 'AWSALB=secret; Path=/']], is: 'certain' },
  'aws-api-gateway': { headers: [['x-amz-apigw-id', 'abc=']], is: 'certain' },
  'aws-lambda-url': {
    plan: { url: 'https://abc123.lambda-url.eu-central-1.on.aws/stream' },
    is: 'certain',
  },
  'azure-app-gateway': { headers: [['Server', 'Microsoft-Azure-Application-Gateway/v2']], is: 'certain' },
  'azure-api-management': { headers: [['Ocp-Apim-Trace-Location', 'https://x']], is: 'certain' },
  'gcp-lb': { headers: [['Via', '1.1 google']], is: 'certain' },
  'gcp-cloud-run': { plan: { url: 'https://stream-abc123-ew.a.run.app/stream' }, is: 'certain' },
  kong: {
    headers: [
      ['Via', '1.1 kong/3.7.1'],
      ['X-Kong-Proxy-Latency', '1'],
    ],
    is: 'certain',
    version: '3.7.1',
  },
  apisix: { headers: [['Server', 'APISIX/3.9.0']], is: 'certain', version: '3.9.0' },
  'iis-arr': {
    headers: [
      ['Server', 'Microsoft-IIS/10.0'],
      ['X-Powered-By', 'ASP.NET'],
    ],
    is: 'certain',
    version: '10.0',
  },
  'express-compression': {
    headers: [
      ['X-Powered-By', 'Express'],
      ['Content-Encoding', 'gzip'],
    ],
    is: 'likely',
  },
  'node-dev-proxy': {
    headers: [
      ['X-Powered-By', 'Express'],
      ['Content-Encoding', 'gzip'],
    ],
    plan: { url: 'http://localhost:8080/stream' },
    is: 'possible',
  },
  nextjs: { headers: [['X-Powered-By', 'Next.js']], is: 'certain' },
  django: { headers: [['Server', 'WSGIServer/0.2 CPython/3.11.2']], is: 'likely' },
  flask: { headers: [['Server', 'Werkzeug/3.0.1 Python/3.11.2']], is: 'certain', version: '3.0.1' },
  rack: { headers: [['X-Runtime', '0.012345']], is: 'likely' },
  'http-proxy': {
    plan: {
      headers: [
        ['content-type', 'text/event-stream'],
        ['cache-control', 'no-cache'],
        ['connection', 'close'],
        ['transfer-encoding', 'chunked'],
      ],
    },
    nearer: {
      headers: [
        ['Content-Type', 'text/event-stream'],
        ['Cache-Control', 'no-cache'],
      ],
    },
    is: 'possible',
  },
  tinyproxy: { headers: [['Via', '1.1 host (tinyproxy/1.11.1)']], is: 'certain', version: '1.11.1' },
  nchan: {
    plan: { observation: { chunks: rawChunks([10, ': hi\n\n']) } },
    is: 'likely',
  },
  'cloudflare-tunnel': { plan: { url: 'https://a-b-c.trycloudflare.com/stream' }, is: 'certain' },
  akamai: { headers: [['Server', 'AkamaiGHost']], is: 'certain' },
  render: { headers: [['rndr-id', '1a2b']], is: 'certain' },
  vercel: {
    headers: [
      ['Server', 'Vercel'],
      ['X-Vercel-Id', 'fra1::abc'],
    ],
    is: 'certain',
  },
  netlify: { headers: [['X-NF-Request-ID', '01H']], is: 'certain' },
  'azure-front-door': { headers: [['X-Azure-Ref', '0abc']], is: 'certain' },
  starlette: { headers: [['server', 'uvicorn']], is: 'likely' },
  gunicorn: { headers: [['Server', 'gunicorn/20.1.0']], is: 'certain', version: '20.1.0' },
  'php-fpm': { headers: [['X-Powered-By', 'PHP/8.2.7']], is: 'certain', version: '8.2.7' },
  'broadcom-swg': { plan: issuedBy('CN=Blue Coat ProxySG CA'), is: 'likely' },
  'skyhigh-swg': { plan: issuedBy('O=Skyhigh Security, CN=Web Gateway CA'), is: 'likely' },
  zscaler: { plan: issuedBy('O=Zscaler Inc., CN=Zscaler Root CA'), is: 'likely' },
  'tls-inspecting-proxy': { plan: issuedBy('CN=Netskope Certificate Authority'), is: 'likely' },
  sophos: { plan: issuedBy('CN=Sophos SSL CA'), is: 'likely' },
  kaspersky: { plan: issuedBy('CN=Kaspersky Anti-Virus Personal Root Certificate'), is: 'likely' },
  avast: { plan: issuedBy('CN=Avast Web/Mail Shield Root'), is: 'likely' },
  zap: { plan: issuedBy('CN=OWASP Zed Attack Proxy Root CA'), is: 'certain' },
  mitmproxy: { plan: issuedBy('CN=mitmproxy'), is: 'certain' },
};

/** A certificate made by a product on the way. */
function issuedBy(issuer: string): HopPlan {
  return { observation: { tls: { ...TLS, issuer } } };
}

/** Nothing in an answer tells that these stand on the way. */
const WITHOUT_MARKS = INTERMEDIARIES.filter(({ marks }) => marks.length === 0).map(({ id }) => id);

const STREAM: HeaderList = [['Content-Type', 'text/event-stream']];

function observed(plan: HopPlan = {}, headers: HeaderList = []): Observation {
  return hopFacts({ headers: [...STREAM, ...headers], ...plan }).observation;
}

describe('detectIntermediaries', () => {
  it('has a sample for every product', () => {
    const told = [...Object.keys(SAMPLES), ...WITHOUT_MARKS];
    expect(told.sort()).toEqual(INTERMEDIARIES.map(({ id }) => id).sort());
  });

  it('knows marks of every product that runs as a proxy of its own', () => {
    // The prober is told of a forward proxy, and needs no mark.
    const proxies = INTERMEDIARIES.filter(({ kind, id }) => kind === 'proxy' && id !== 'forward-proxy').map(
      ({ id }) => id,
    );
    expect(WITHOUT_MARKS.filter((id) => proxies.includes(id))).toEqual([]);
  });

  it.each(Object.entries(SAMPLES))('recognises %s', (id, sample) => {
    const nearer = sample.nearer === undefined ? null : hopFacts(sample.nearer).observation;
    const found = detectIntermediaries(observed(sample.plan, sample.headers), nearer);
    const own = found.find((one) => one.id === id);
    expect(own).toMatchObject({ confidence: sample.is, version: sample.version ?? null });
    expect(own?.evidence.length).toBeGreaterThan(0);
    const certain = found.filter((one) => one.confidence === 'certain').map((one) => one.id);
    expect(certain).toEqual(sample.is === 'certain' ? [id] : []);
  });

  it('recognises nothing in a plain answer', () => {
    expect(detectIntermediaries(observed(), null)).toEqual([]);
    expect(detectIntermediaries(observed({ response: null }), null)).toEqual([]);
  });

  it('takes the removal of X-Accel-Buffering for a sign of nginx', () => {
    const nearer = observed({}, [['X-Accel-Buffering', 'no']]);
    expect(detectIntermediaries(observed(), nearer)).toMatchObject([{ id: 'nginx', confidence: 'likely' }]);
    expect(detectIntermediaries(nearer, nearer)).toEqual([]);
  });

  it('calls a mark that the nearer hop already shows possible only', () => {
    const server: HeaderList = [['Server', 'nginx/1.22.1']];
    expect(detectIntermediaries(observed({}, server), observed({}, server))).toMatchObject([
      { id: 'nginx', confidence: 'possible', version: '1.22.1' },
    ]);
    const other: HeaderList = [['Server', 'nginx/1.27.0']];
    expect(detectIntermediaries(observed({}, other), observed({}, server))).toMatchObject([
      { id: 'nginx', confidence: 'certain', version: '1.27.0' },
    ]);
  });

  it('never shows the value of a cookie', () => {
    const [found] = detectIntermediaries(observed({}, [['Set-Cookie', 'AWSALB=secret; Path=/']]), null);
    expect(JSON.stringify(found)).not.toContain('secret');
  });

  it('does not take lower-case names over HTTP/2, or from an origin that writes them so, for HAProxy', () => {
    const lower: HeaderList = [
      ['content-type', 'text/event-stream'],
      ['x-a', '1'],
      ['x-b', '2'],
    ];
    const mixed = hopFacts({}).observation;
    const h2 = hopFacts({ headers: lower, response: { httpVersion: '2', framing: 'h2' } }).observation;
    const h1 = hopFacts({ headers: lower }).observation;
    expect(detectIntermediaries(h2, mixed).map(({ id }) => id)).not.toContain('haproxy');
    expect(detectIntermediaries(h1, h1).map(({ id }) => id)).not.toContain('haproxy');
    expect(detectIntermediaries(h1, mixed).map(({ id }) => id)).toContain('haproxy');
  });

  it('tells Cloud Run from a load balancer of the same maker by the address, not by the name of the front end', () => {
    const frontend: HeaderList = [['Server', 'Google Frontend']];
    const found = detectIntermediaries(observed({}, frontend), null);
    expect(found.map(({ id, confidence }) => [id, confidence])).toEqual([
      ['gcp-cloud-run', 'likely'],
      ['gcp-lb', 'possible'],
    ]);
    const balanced = detectIntermediaries(observed({}, [...frontend, ['Via', '1.1 google']]), null);
    expect(balanced[0]).toMatchObject({ id: 'gcp-lb', confidence: 'certain' });
  });

  it('takes no host for an address of AWS that only looks like one', () => {
    const hosts = ['https://lambda-url.eu-central-1.on.aws.example.com/', 'https://example.com/x.on.aws/'];
    for (const url of [...hosts, 'https://execute-api.eu-central-1.amazonaws.com.example.com/'])
      expect(detectIntermediaries(observed({ url }), null), url).toEqual([]);
    const api = 'https://abc.execute-api.eu-central-1.amazonaws.com/stream';
    expect(detectIntermediaries(observed({ url: api }), null)).toMatchObject([
      { id: 'aws-api-gateway', confidence: 'certain' },
    ]);
  });

  it('recognises an error page of HAProxy', () => {
    const page =
      "<html><body><h1>504 Gateway Time-out</h1>\nThe server didn't respond in time.\n</body></html>";
    const plan: HopPlan = { response: { status: 504 }, observation: { chunks: rawChunks([5, page]) } };
    expect(detectIntermediaries(observed(plan), null)).toMatchObject([
      { id: 'haproxy', confidence: 'certain' },
    ]);
  });
});

describe('suspectFromHold', () => {
  function suspects(plan: HopPlan): string[] {
    const list = suspectFromHold(hopFacts(plan));
    expect(list.every(({ confidence }) => confidence === 'possible')).toBe(true);
    return list.map(({ id }) => id);
  }

  it('thinks of nginx for blocks of 4096 bytes', () => {
    expect(suspects({ hold: { kind: 'until-full', blockBytes: 4_096 } })).toEqual(['nginx']);
    expect(suspects({ hold: { kind: 'until-full', blockBytes: 20_000 } })).toEqual([]);
  });

  it('thinks of nginx for 16 KiB over TLS and not in clear text', () => {
    const hold = { kind: 'until-full' as const, blockBytes: 16_384 };
    expect(suspects({ hold, observation: { tls: { ...TLS, issuer: null } } })).toEqual(['nginx']);
    expect(suspects({ hold })).toEqual([]);
  });

  it('thinks of HAProxy for ticks of 200 ms and not for others', () => {
    expect(suspects({ hold: { kind: 'for-time', periodMs: 206 }, facts: { headHoldMs: 210 } })).toEqual([
      'haproxy',
    ]);
    expect(suspects({ hold: { kind: 'constant', periodMs: 211 } })).toEqual(['haproxy']);
    expect(suspects({ hold: { kind: 'for-time', periodMs: 1_000 } })).toEqual([]);
    expect(suspects({ hold: { kind: 'one-behind', periodMs: 200 } })).toEqual([]);
  });

  it('thinks of mod_ratelimit first where the head came at once, and of it alone over TLS', () => {
    const hold = { kind: 'for-time' as const, periodMs: 200 };
    expect(suspects({ hold, facts: { headHoldMs: 3 } })).toEqual(['apache', 'haproxy']);
    const tls = { ...TLS, issuer: null };
    expect(suspects({ hold, facts: { headHoldMs: 3 }, observation: { tls } })).toEqual(['apache']);
  });

  it('thinks of the products that make one size of block or one period', () => {
    expect(suspects({ hold: { kind: 'until-full', blockBytes: 15_107 } })).toEqual(['haproxy']);
    expect(suspects({ hold: { kind: 'until-full', blockBytes: 32_768 } })).toEqual(['caddy', 'varnish']);
    expect(suspects({ hold: { kind: 'for-time', periodMs: 100 } })).toEqual(['traefik']);
  });

  it('thinks of HAProxy for a compressed stream that is one event behind', () => {
    const gzip: HeaderList = [...STREAM, ['Content-Encoding', 'gzip']];
    expect(suspects({ hold: { kind: 'one-behind', periodMs: 300 }, headers: gzip })).toEqual(['haproxy']);
  });

  it('thinks of lighttpd and Varnish for a stream that was collected and measured', () => {
    const length: HeaderList = [...STREAM, ['Content-Length', '4000']];
    expect(suspects({ hold: 'until-close', headers: length })).toEqual(['lighttpd', 'varnish']);
  });

  it('thinks of a compressor for a bare gzip header', () => {
    const header = Buffer.from('1f8b0800000000000003', 'hex');
    const gzip: HeaderList = [...STREAM, ['Content-Encoding', 'gzip']];
    const chunks = rawChunks([10, header], [5_000, 'rest']);
    expect(suspects({ headers: gzip, observation: { chunks } })).toContain('express-compression');
    const flushed = rawChunks([10, header], [12, 'event']);
    expect(suspects({ headers: gzip, observation: { chunks: flushed } })).toEqual([]);
  });

  it('thinks of nothing for a stream that flows', () => {
    expect(suspects({})).toEqual([]);
  });
});
