import type { HeaderList } from '../../src/types.ts';
import type { Appearance } from './simulated-product.ts';

const TEXT: HeaderList = [['Content-Type', 'text/plain']];
const JSON_TYPE: HeaderList = [['Content-Type', 'application/json']];

function page(title: string): string {
  return `<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>`;
}

/** How the products that cannot be run here show themselves, as their documentation and reports of users say. */
export const APPEARANCES: Readonly<Record<string, Appearance>> = {
  'aws-alb': {
    fields: [['Server', 'awselb/2.0']],
    page: { status: 504, body: page('504 Gateway Time-out') },
  },
  'aws-api-gateway': {
    fields: [
      ['x-amzn-RequestId', '6a9b2f3c-0d1e-4f56-8a7b-9c0d1e2f3a4b'],
      ['x-amz-apigw-id', 'Xyz123EFGHIJKLM='],
    ],
    page: { status: 504, headers: JSON_TYPE, body: '{"message":"Endpoint request timed out"}' },
  },
  'aws-lambda-url': { fields: [['x-amzn-RequestId', '6a9b2f3c-0d1e-4f56-8a7b-9c0d1e2f3a4b']] },
  cloudfront: {
    fields: [
      ['X-Cache', 'Miss from cloudfront'],
      ['Via', '1.1 0123456789abcdef.cloudfront.net (CloudFront)'],
      ['X-Amz-Cf-Id', 'AbCdEfGhIjKlMnOpQrStUvWxYz=='],
    ],
    page: { status: 504, body: page('504 Gateway Timeout ERROR') },
  },
  cloudflare: {
    fields: [
      ['Server', 'cloudflare'],
      ['CF-RAY', '8f2a0b1c2d3e4f50-FRA'],
    ],
    page: { status: 524, reason: '<none>', headers: TEXT, body: 'error code: 524' },
  },
  'cloudflare-tunnel': { fields: [] },
  'azure-app-gateway': {
    fields: [['Server', 'Microsoft-Azure-Application-Gateway/v2']],
    page: { status: 504, body: page('504 Gateway Time-out') },
  },
  'azure-api-management': { fields: [['Ocp-Apim-Trace-Location', 'https://apim.example.com/trace']] },
  'azure-front-door': {
    fields: [['X-Azure-Ref', '20260101T000000Z-0123456789']],
    page: { status: 504, body: page('Our services are not available right now') },
  },
  'gcp-lb': {
    fields: [['Via', '1.1 google']],
    page: { status: 502, body: page('Error: Server Error') },
  },
  'gcp-cloud-run': {
    fields: [
      ['Server', 'Google Frontend'],
      ['X-Cloud-Trace-Context', '0123456789abcdef0123456789abcdef'],
    ],
    page: { status: 504, headers: TEXT, body: 'upstream request timeout' },
  },
  fastly: {
    fields: [
      ['X-Served-By', 'cache-fra-eddf8230001-FRA'],
      ['X-Timer', 'S1700000000.000000,VS0,VE1'],
    ],
    page: { status: 503, reason: 'first byte timeout', body: page('Error 503 first byte timeout') },
  },
  akamai: {
    fields: [['Server', 'AkamaiGHost']],
    page: { status: 504, body: page('Gateway Timeout') },
  },
  bunny: {
    fields: [
      ['Server', 'BunnyCDN-DE1-1047'],
      ['CDN-PullZone', '123456'],
    ],
    page: { status: 504, body: page('504 Gateway Timeout') },
  },
  heroku: {
    fields: [['Via', '1.1 heroku-router']],
    page: { status: 503, body: page('Application Error') },
  },
  vercel: {
    fields: [
      ['Server', 'Vercel'],
      ['X-Vercel-Id', 'fra1::iad1::abcde-1700000000000-0123456789ab'],
    ],
    page: {
      status: 504,
      headers: [...TEXT, ['X-Vercel-Error', 'FUNCTION_INVOCATION_TIMEOUT']],
      body: 'An error occurred with your deployment\n\nFUNCTION_INVOCATION_TIMEOUT\n',
    },
  },
  netlify: {
    fields: [
      ['Server', 'Netlify'],
      ['X-Nf-Request-Id', '01HZX0ABCDEFGHJKMNPQRSTVWX'],
    ],
  },
  render: { fields: [['rndr-id', '0123456789abcdef-0123']] },
  fly: {
    fields: [
      ['Server', 'Fly/d7b0cc (2026-01-01)'],
      ['Fly-Request-Id', '01HZX0ABCDEFGHJKMNPQRSTVWX-fra'],
    ],
  },
  'iis-arr': {
    fields: [
      ['Server', 'Microsoft-IIS/10.0'],
      ['X-Powered-By', 'ARR/3.0'],
    ],
    page: {
      status: 502,
      body: page('502 - Web server received an invalid response while acting as a gateway'),
    },
  },
  'ingress-nginx': {
    fields: [['Strict-Transport-Security', 'max-age=15724800; includeSubDomains']],
    page: { status: 504, body: page('504 Gateway Time-out') },
  },
  istio: {
    fields: [
      ['server', 'istio-envoy'],
      ['x-envoy-upstream-service-time', '3'],
    ],
    page: { status: 504, headers: TEXT, body: 'upstream request timeout' },
  },
  'skyhigh-swg': {
    fields: [['Via', '1.1 gateway.example.com (Skyhigh Secure Web Gateway 12.2.1)']],
    page: { status: 403, body: page('Chunked transfer encoding is not allowed') },
  },
  'broadcom-swg': { fields: [['X-Bluecoat-Via', '0123456789ABCDEF']] },
  // Nothing in an answer over plain HTTP tells of it.
  sophos: { fields: [] },
};

/** The authorities whose certificates inspecting products make on the spot. */
export const AUTHORITIES: Readonly<Record<string, string>> = {
  'broadcom-swg': 'Blue Coat ProxySG CA',
  zscaler: 'Zscaler Intermediate Root CA',
  'tls-inspecting-proxy': 'Netskope Certificate Authority',
  kaspersky: 'Kaspersky Anti-Virus Personal Root Certificate',
  avast: 'Avast Web/Mail Shield Root',
};
