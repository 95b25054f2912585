import type { FindingId } from '../types.ts';

/** A page of docs/why: what people type into a search box, answered from the entries of the knowledge base. */
export interface Question {
  /** Name of the page. */
  slug: string;
  question: string;
  /** The answer in one or two sentences. */
  answer: string;
  /** Products whose lines and limits belong on the page, the main one first. */
  products: readonly string[];
  /** Findings that the page is about, the most likely first. */
  findings: readonly FindingId[];
}

const HELD: readonly FindingId[] = ['held-until-close', 'held-until-full', 'head-held'];
const PACKED: readonly FindingId[] = ['compressed-unflushed', 'held-until-close'];
const CUT: readonly FindingId[] = ['cut-when-idle', 'timed-out-before-head'];
const AGED: readonly FindingId[] = ['cut-by-age', 'timed-out-before-head'];

function ask(
  slug: string,
  question: string,
  answer: string,
  products: readonly string[],
  ...findings: readonly FindingId[][]
): Question {
  return { slug, question, answer, products, findings: findings.flat() };
}

/** Every page of docs/why. */
export const QUESTIONS: readonly Question[] = [
  ask(
    'nginx',
    'Why does my SSE stream arrive all at once behind nginx?',
    'proxy_buffering is on by default: nginx collects an answer that is not chunked, and it asks for such answers unless told otherwise.',
    ['nginx'],
    [...HELD],
    ['compressed-unflushed', 'opt-out-stripped'],
    [...CUT],
  ),
  ask(
    'ingress-nginx',
    'Why does my SSE stream arrive all at once behind ingress-nginx, or stop after 60 seconds?',
    'It does not buffer by default: somebody turned buffering or a body inspection on. What ends a stream after 60 s is proxy-read-timeout.',
    ['ingress-nginx', 'nginx', 'modsecurity'],
    [...HELD],
    [...CUT],
  ),
  ask(
    'cloudflare',
    'Why are server-sent events delayed or cut behind Cloudflare?',
    'Event streams pass; token streams sent as text/plain or JSON are compressed, quick tunnels hold GET streams, and 100 s without a byte end in a cut or in status 524.',
    ['cloudflare', 'cloudflare-tunnel'],
    [...PACKED],
    [...CUT],
  ),
  ask(
    'aws-alb',
    'Why does my event stream stop after 60 seconds behind an AWS load balancer?',
    'The idle timeout of the load balancer is 60 s. It streams otherwise.',
    ['aws-alb'],
    [...CUT],
  ),
  ask(
    'aws-api-gateway',
    'Why does AWS API Gateway or a Lambda URL return my stream in one piece?',
    'Both collect the whole answer unless streaming is switched on, and end it after 29 s.',
    ['aws-api-gateway', 'aws-lambda-url'],
    ['held-until-close'],
    [...AGED],
  ),
  ask(
    'cloudfront',
    'Why does CloudFront cut my event stream, or give every reader the same one?',
    'Its origin response timeout (30 s) counts between packets too, and a cacheable address is shared between readers.',
    ['cloudfront'],
    [...CUT],
    ['served-from-cache'],
  ),
  ask(
    'azure-app-gateway',
    'Why does Azure Application Gateway buffer my event stream?',
    'Response buffering is on by default, for the whole gateway.',
    ['azure-app-gateway'],
    [...HELD],
    [...CUT],
  ),
  ask(
    'azure-api-management',
    'Why does Azure API Management buffer server-sent events?',
    'forward-request collects an answer unless buffer-response is false, and everything that logs or checks bodies collects it again.',
    ['azure-api-management'],
    ['held-until-close'],
    ['cut-when-idle'],
  ),
  ask(
    'azure-front-door',
    'Why does my event stream fail behind Azure Front Door?',
    'It waits 30 s for the origin by default; a stream must not be cached or compressed by it.',
    ['azure-front-door'],
    ['timed-out-before-head', 'cut-when-idle', 'served-from-cache'],
  ),
  ask(
    'google-cloud',
    'Why does my stream end after 30 or 300 seconds on Google Cloud?',
    'The backend timeout of the load balancer (30 s) and the request timeout of Cloud Run (300 s) count from the request, busy or not.',
    ['gcp-lb', 'gcp-cloud-run'],
    [...AGED],
  ),
  ask(
    'haproxy',
    'Why are server-sent events late by 200 ms, or cut, behind HAProxy?',
    'Without option http-no-delay the kernel waits about 200 ms for a full packet; timeout server ends a quiet stream.',
    ['haproxy'],
    ['held-for-time', 'held-constant', 'held-one-behind'],
    [...CUT],
  ),
  ask(
    'caddy',
    'Why does Caddy hold my event stream?',
    'reverse_proxy flushes event streams at once; what holds them is encode.',
    ['caddy'],
    ['compressed-unflushed', 'head-held', 'held-until-close'],
  ),
  ask(
    'apache',
    'Why are server-sent events late or cut behind Apache httpd?',
    'mod_proxy_http streams; FastCGI and AJP backends without flushpackets, mod_ratelimit and ProxyTimeout do not.',
    ['apache'],
    ['held-until-close', 'held-for-time'],
    [...CUT],
    ['compressed'],
  ),
  ask(
    'varnish',
    'Why does Varnish hold, cut or replay my event stream?',
    'do_gzip and do_stream = false hold it, between_bytes_timeout cuts it, and a cacheable stream is shared and replayed.',
    ['varnish'],
    ['compressed-unflushed', 'fixed-length', 'served-from-cache', 'cut-when-idle'],
  ),
  ask(
    'traefik',
    'Why does Traefik buffer server-sent events?',
    'It does not by itself: the buffering and compress middlewares do.',
    ['traefik'],
    ['held-until-close', 'compressed-unflushed', 'held-initially', 'cut-by-age'],
  ),
  ask(
    'envoy',
    'Why does Envoy or Istio end my stream after 15 seconds, or hold it?',
    'A route of Envoy ends 15 s after the request unless its timeout is 0; filters that read bodies hold whole answers.',
    ['envoy', 'istio', 'gateway-api'],
    [...AGED],
    ['cut-when-idle', 'held-until-close'],
  ),
  ask(
    'lighttpd',
    'Why does lighttpd send my stream only at the end?',
    'server.stream-response-body is 0 by default: the whole answer is collected first.',
    ['lighttpd'],
    ['held-until-close', 'fixed-length', 'compressed-unflushed'],
  ),
  ask(
    'iis',
    'Why does IIS deliver server-sent events only at the end?',
    'Handlers collect up to 4 MiB by default, ARR has a buffer of its own, and old ASP.NET Core modules are one event behind.',
    ['iis-arr', 'yarp'],
    ['held-until-close', 'held-one-behind'],
    [...CUT],
  ),
  ask(
    'kong',
    'Why does Kong or APISIX buffer my stream?',
    'Both are built on nginx and buffer answers of a route by default; plugins that read bodies collect them whole.',
    ['kong', 'apisix', 'tyk'],
    [...HELD],
    [...CUT],
  ),
  ask(
    'vercel',
    'Why does my stream stop on Vercel, Netlify or Render?',
    'Functions end at their maximum duration, and the answer must begin in time.',
    ['vercel', 'netlify', 'render'],
    [...AGED],
    ['held-until-close', 'compressed-unflushed'],
  ),
  ask(
    'heroku',
    'Why does Heroku end my stream with H12 or H15?',
    'The router wants the first byte within 30 s and one more every 55 s; neither can be changed.',
    ['heroku'],
    [...CUT],
  ),
  ask(
    'fastly',
    'Why does Fastly or bunny.net hold or replay my stream?',
    'VCL services of Fastly collect an answer unless Streaming Miss is on; caches share a stream between readers.',
    ['fastly', 'bunny', 'akamai'],
    ['held-until-close', 'served-from-cache'],
    [...CUT],
  ),
  ask(
    'nextjs',
    'Why does streaming break behind Next.js rewrites or compression?',
    'Next.js compresses what rewrites bring, without a flush for each event, for every client that accepts gzip.',
    ['nextjs', 'vercel'],
    [...PACKED],
  ),
  ask(
    'vite-webpack',
    'Why does my event stream not arrive through the Vite or webpack dev proxy?',
    'webpack-dev-server compresses by default, vite preview does, vite dev does not.',
    ['node-dev-proxy', 'express-compression'],
    [...PACKED],
  ),
  ask(
    'express',
    'Why does Express send my server-sent events only at the end?',
    'compression() keeps the stream in zlib until its end.',
    ['express-compression', 'fastify-compress'],
    [...PACKED],
  ),
  ask(
    'django',
    'Why does Django buffer StreamingHttpResponse?',
    'GZipMiddleware compresses it without a flush, or the server in front collects it.',
    ['django', 'gunicorn', 'uwsgi'],
    [...PACKED],
    ['cut-by-age', 'cut-when-idle'],
  ),
  ask(
    'flask',
    'Why does Flask send my stream in one piece, or stop after 30 seconds?',
    'Flask-Compress reads the generator to its end; gunicorn ends a sync worker after 30 s.',
    ['flask', 'gunicorn', 'uwsgi'],
    [...PACKED],
    ['cut-by-age'],
  ),
  ask(
    'fastapi',
    'Why does FastAPI StreamingResponse arrive all at once?',
    'Usually a proxy in front, compression of types other than text/event-stream, or blocking calls in an async generator.',
    ['starlette', 'gunicorn', 'nginx'],
    ['held-until-close', 'compressed-unflushed', 'bursty-origin'],
  ),
  ask(
    'rails',
    'Why does Rails deliver ActionController::Live events at the end?',
    'Rack::ETag of some versions reads the whole body, and Rack::Deflater with sync: false holds.',
    ['rack', 'nginx'],
    ['held-until-close', 'compressed-unflushed'],
  ),
  ask(
    'spring',
    'Why does SseEmitter stop after 30 seconds, or Spring hold my stream?',
    'The asynchronous time-out of Tomcat is 30 s; Spring Cloud Gateway flushes only the types it lists.',
    ['tomcat', 'spring-cloud-gateway'],
    ['cut-by-age', 'held-unknown', 'compressed-unflushed'],
  ),
  ask(
    'php',
    'Why does PHP send my event stream in one block?',
    'The output buffers of PHP, zlib.output_compression, then the FastCGI buffers of nginx or Apache.',
    ['php-fpm', 'nginx', 'apache'],
    ['held-until-close', 'held-until-full'],
  ),
  ask(
    'corporate-proxy',
    'Why does my stream work at home and not behind the company proxy or an antivirus?',
    'Scanners collect an answer before they pass it on, and an event stream never ends.',
    [
      'zscaler',
      'tls-inspecting-proxy',
      'broadcom-swg',
      'skyhigh-swg',
      'squid',
      'sophos',
      'kaspersky',
      'avast',
    ],
    ['tls-inspection', 'held-until-close', 'held-one-behind'],
  ),
  ask(
    'kubernetes',
    'Why does my stream break under kubectl port-forward or through an SSH tunnel?',
    'Both end with what they hang on; a cut that shows only there says nothing about production.',
    ['kubectl-port-forward', 'ssh-tunnel'],
    ['cut-when-idle', 'truncated'],
  ),
];
