import type { Intermediary } from '../intermediary.ts';

export const rack: Intermediary = {
  id: 'rack',
  name: 'Rack and Rails',
  kind: 'application',
  explain:
    'Rack::Deflater flushes each piece by default (sync: true) and leaves no-transform alone; sync: false holds. Old versions of Rack::ETag read whole bodies.',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: true },
  marks: [
    { field: 'server', matches: /^(?:puma|thin|WEBrick|Unicorn)/i, confidence: 'likely' },
    { field: 'x-runtime', matches: /^\d+\.\d+$/, confidence: 'likely' },
  ],
  limits: [],
  fixes: [
    {
      for: ['compressed-unflushed', 'compressed'],
      where: 'origin',
      section: 'config.ru or config/application.rb',
      change: 'use Rack::Deflater, sync: true',
      source: 'https://github.com/rack/rack/blob/main/lib/rack/deflater.rb',
    },
    {
      for: ['held-until-close'],
      where: 'origin',
      section: 'the action that streams',
      change:
        'response.headers["Last-Modified"] = Time.now.httpdate  # keeps Rack::ETag from reading the stream',
      source: 'https://github.com/rack/rack/blob/main/lib/rack/etag.rb',
    },
  ],
  ineffective: [
    {
      for: ['held-until-close'],
      advice: "response.headers['X-Accel-Buffering'] = 'no'",
      why: 'It is for an nginx in front; Rack middleware that reads the body does not look at it.',
      source: 'https://github.com/rack/rack/blob/main/lib/rack/etag.rb',
    },
  ],
  because: {
    'compressed-unflushed': 'Rack::Deflater with sync: false does not flush.',
    'held-until-close':
      'Rack::ETag of old versions reads the whole body unless Last-Modified or ETag is set.',
  },
  sources: [
    'https://github.com/rack/rack/blob/main/lib/rack/deflater.rb',
    'https://github.com/rack/rack/blob/main/lib/rack/etag.rb',
  ],
};
