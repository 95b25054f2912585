import { headerValue } from '../../http/header-list.ts';
import type { Intermediary } from '../intermediary.ts';

export const expressCompression: Intermediary = {
  id: 'express-compression',
  name: 'Express compression middleware',
  kind: 'application',
  tried: { version: '1.8.2', date: '2026-11-22' },
  explain:
    'compression() takes text/event-stream for compressible and keeps the whole stream in zlib until its end when the client accepts a coding. It leaves answers with Cache-Control: no-transform alone, and has res.flush().',
  holdsByDefault: true,
  honours: { xAccelBuffering: false, incremental: false, noTransform: true },
  marks: [
    {
      what: 'X-Powered-By: Express and a content coding',
      confidence: 'likely',
      seen: ({ response }) =>
        response !== null &&
        /express/i.test(headerValue(response.headers, 'x-powered-by') ?? '') &&
        headerValue(response.headers, 'content-encoding') !== null
          ? 'X-Powered-By: Express with a Content-Encoding'
          : null,
    },
  ],
  limits: [],
  measured: [
    {
      version: '1.8.2',
      setting: 'compression() for all routes',
      finding: 'compressed-unflushed',
      curedBy: ['no-transform', 'gateway-behind', 'gateway-in-front'],
    },
  ],
  fixes: [
    {
      for: ['compressed-unflushed', 'held-until-close', 'held-until-full', 'compressed'],
      where: 'origin',
      section: 'where the application adds its middleware',
      change:
        "const filter = (request, response) =>\n  !/event-stream/.test(String(response.getHeader('Content-Type'))) && compression.filter(request, response);\n\nconst application = express();\n",
      config: 'configs/express-compression/passthrough.mjs',
      proven: true,
      source: 'https://github.com/expressjs/compression#server-sent-events',
    },
    {
      for: ['compressed-unflushed'],
      where: 'origin',
      section: 'after every res.write() of the stream',
      change: 'res.flush();  // after each res.write()',
      source: 'https://github.com/expressjs/compression#server-sent-events',
    },
  ],
  ineffective: [
    {
      for: ['compressed-unflushed', 'held-until-close'],
      advice: 'res.flushHeaders()',
      why: 'It sends the head; the events stay in the compressor.',
      source: 'https://github.com/expressjs/compression#server-sent-events',
    },
    {
      for: ['compressed-unflushed'],
      advice: 'padding with spaces',
      why: 'It is compressed away.',
      source: 'https://github.com/expressjs/compression#server-sent-events',
    },
  ],
  because: {
    'compressed-unflushed':
      'compression() keeps an event stream in zlib until its end unless res.flush() is called or Cache-Control says no-transform.',
  },
  sources: [
    'https://github.com/expressjs/compression#server-sent-events',
    'https://github.com/blinkk/rootjs/pull/1231',
  ],
};
