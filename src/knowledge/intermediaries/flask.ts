import type { Intermediary } from '../intermediary.ts';

export const flask: Intermediary = {
  id: 'flask',
  name: 'Flask',
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
      change:
        'COMPRESS_MIMETYPES = ["text/html", "text/css", "application/json"]  # without text/event-stream',
      source: 'https://github.com/colour-science/flask-compress#options',
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
