import type { Intermediary } from '../intermediary.ts';

export const flask: Intermediary = {
  id: 'flask',
  name: 'Flask',
  kind: 'application',
  explain:
    'Flask-Compress reads the whole body before it compresses it in many versions. Werkzeug and most WSGI servers stream generators as they are.',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [{ field: 'server', matches: /^Werkzeug\/([\d.]+)/i, confidence: 'certain' }],
  limits: [],
  fixes: [
    {
      for: ['compressed-unflushed', 'compressed', 'held-until-close'],
      where: 'origin',
      section: 'the configuration of the application (app.config)',
      change:
        'COMPRESS_MIMETYPES = ["text/html", "text/css", "application/json"]  # without text/event-stream',
      source: 'https://github.com/colour-science/flask-compress#options',
    },
  ],
  ineffective: [
    {
      for: ['compressed-unflushed', 'held-until-close'],
      advice: 'stream_with_context()',
      why: 'It keeps the request context alive while the generator runs; Flask-Compress reads the generator to its end all the same.',
      source: 'https://github.com/colour-science/flask-compress/issues/30',
    },
  ],
  because: {
    'compressed-unflushed': 'Flask-Compress collects the body before it compresses it in many versions.',
    'held-until-close': 'Flask-Compress collects the body in many versions.',
  },
  sources: [
    'https://github.com/colour-science/flask-compress/issues/30',
    'https://github.com/colour-science/flask-compress/issues/42',
  ],
};
