import { COMPRESSION, type Intermediary } from '../intermediary.ts';

export const starlette: Intermediary = {
  id: 'starlette',
  name: 'Starlette and FastAPI',
  kind: 'application',
  explain:
    'StreamingResponse sends each piece as it is yielded. GZipMiddleware leaves text/event-stream alone in current versions; NDJSON and plain text streams are still compressed without a flush for each piece.',
  tried: { version: '0.26.1', date: '2026-11-22' },
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [{ field: 'server', matches: /^uvicorn/i, confidence: 'likely' }],
  limits: [],
  fixes: [
    {
      for: [...COMPRESSION],
      where: 'origin',
      section: 'the response',
      change: 'media_type="text/event-stream"   # with a current Starlette',
      source: 'https://github.com/Kludex/starlette/blob/main/starlette/middleware/gzip.py',
    },
    {
      for: ['held-until-close'],
      where: 'origin',
      section: 'the endpoint',
      change: 'return StreamingResponse(generator(), media_type="text/event-stream")',
      tested: true,
      source: 'https://fastapi.tiangolo.com/advanced/custom-response/#streamingresponse',
    },
  ],
  ineffective: [
    {
      for: ['held-until-close', 'held-unknown'],
      advice: 'async def generator() with time.sleep() or blocking calls inside',
      why: 'It blocks the event loop: nothing leaves until the generator ends. Use a plain def generator, or await.',
      source: 'https://fastapi.tiangolo.com/async/',
    },
  ],
  because: {
    'compressed-unflushed':
      'GZipMiddleware of Starlette compresses streams other than text/event-stream without flushing each piece.',
  },
  sources: [
    'https://github.com/Kludex/starlette/blob/main/starlette/middleware/gzip.py',
    'https://fastapi.tiangolo.com/advanced/custom-response/',
  ],
};
