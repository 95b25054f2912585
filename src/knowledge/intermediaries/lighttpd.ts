import { BUFFER_HOLDS, COMPRESSION, type Intermediary, measuredAborts } from '../intermediary.ts';

export const lighttpd: Intermediary = {
  id: 'lighttpd',
  name: 'lighttpd',
  kind: 'proxy',
  tried: { version: '1.4.69', date: '2026-11-22' },
  explain:
    'Collects the whole answer of a backend by default, head included, and sends it with a Content-Length (server.stream-response-body = 0). Since 1.4.83 it obeys Incremental: ?1 where the setting is not given, and answers 501 where the setting says to buffer. It ignores X-Accel-Buffering. mod_deflate collects whatever it compresses.',
  holdsByDefault: true,
  honours: { xAccelBuffering: false, incremental: true, incrementalSince: '1.4.83', noTransform: false },
  marks: [{ field: 'server', matches: /^lighttpd(?:\/([\d.]+))?/i, confidence: 'certain' }],
  limits: [],
  measured: [
    {
      version: '1.4.69',
      setting: 'server.stream-response-body = 0 (the default)',
      finding: 'held-until-close',
      curedBy: [],
    },
  ],
  passesAborts: measuredAborts({
    'configs/lighttpd/passthrough.conf': 'on write',
    'configs/lighttpd/buffering.conf': 'never',
  }),
  fixes: [
    {
      // What it streams it does not compress either.
      for: [...BUFFER_HOLDS, 'compressed-unflushed'],
      section: 'global, or the condition that matches the stream',
      change: 'server.stream-response-body = 2',
      config: 'configs/lighttpd/passthrough.conf',
      proven: true,
      source: 'https://redmine.lighttpd.net/projects/lighttpd/wiki/Server_stream-response-bodyDetails',
    },
    {
      for: [...COMPRESSION],
      section: 'global, or the condition that matches the stream',
      change:
        'deflate.mimetypes = ( "text/html", "text/css", "application/javascript", "application/json" )  # without text/event-stream and text/',
      config: 'configs/lighttpd/passthrough-deflate.conf',
      proven: true,
      source: 'https://redmine.lighttpd.net/projects/lighttpd/wiki/Mod_deflate',
    },
  ],
  ineffective: [
    {
      for: [...BUFFER_HOLDS],
      advice: 'server.stream-request-body = 2',
      why: 'It is about the body of the request.',
      tested: true,
      source: 'https://redmine.lighttpd.net/projects/lighttpd/wiki/Server_stream-request-bodyDetails',
    },
  ],
  because: {
    'held-until-close':
      'lighttpd collects a whole backend answer unless server.stream-response-body is 1 or 2.',
    'fixed-length': 'lighttpd collects a whole backend answer unless server.stream-response-body is 1 or 2.',
    'compressed-unflushed':
      'lighttpd mod_deflate does not compress while it streams: what it compresses is collected first.',
  },
  sources: [
    'https://redmine.lighttpd.net/projects/lighttpd/wiki/Server_stream-response-bodyDetails',
    'https://redmine.lighttpd.net/projects/lighttpd/wiki/Mod_deflate',
    'https://github.com/lighttpd/lighttpd1.4/blob/master/src/http-header-glue.c',
  ],
};
