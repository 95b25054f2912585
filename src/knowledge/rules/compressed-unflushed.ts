import { blameSentence, fixesAt, holdSeverity, latenessEvidence } from '../blame.ts';
import { isCodedAfter, unflushedCompressor } from '../compressor.ts';
import { bytesEvidence, sentences, textEvidence } from '../phrases.ts';
import { codingOf } from '../readings.ts';
import { defineRule } from '../rule.ts';
import { startsWithBareGzipHeader } from '../suspect.ts';
import { uselessSentence } from '../useless.ts';

export const compressedUnflushed = defineRule({
  id: 'compressed-unflushed',
  title: 'The stream is compressed and the compressor is not flushed',
  summary:
    'Something compresses the answer and keeps events in the compressor until it has enough of them, or until the end.',
  looksLike:
    'Content-Encoding is set; often 10 bytes (the gzip header) come at once, then nothing until the end. The same request with "Accept-Encoding: identity" flows.',
  why: 'A compressor collects about 32 KiB to compress well unless it is told to flush after each event. Compression middleware of Express, Django, Next.js and dev servers, Caddy encode, Varnish do_gzip and nginx gzip with buffering do not.',
  sources: [
    'https://github.com/expressjs/compression#server-sent-events',
    'https://nginx.org/en/docs/http/ngx_http_gzip_module.html#gzip_types',
    'https://github.com/varnishcache/varnish-cache/blob/master/bin/varnishd/cache/cache_gzip.c',
    'https://www.rfc-editor.org/rfc/rfc9111.html#section-5.2.2.6',
  ],
  needs: ['response'],
  evaluate(context) {
    const { hop, nearer } = context;
    const confidence = unflushedCompressor(context);
    if (confidence === null) return null;
    const coding = codingOf(hop) ?? '';
    const bare = startsWithBareGzipHeader(hop);
    return {
      severity: hop.hold === null ? 'warning' : holdSeverity(hop),
      confidence,
      explanation: sentences(
        `The answer is compressed (${coding}) and its events are held.`,
        bare
          ? 'The 10-byte gzip header came alone and then nothing: a compressor that was started and never flushed.'
          : null,
        isCodedAfter(nearer)
          ? `"${nearer?.name}" sends it uncompressed, so the compression happens after it.`
          : null,
        blameSentence(hop, 'compressed-unflushed'),
        uselessSentence(context, 'compressed-unflushed'),
        'To check: the same request with "Accept-Encoding: identity" flows if the compressor is the reason.',
      ),
      evidence: [
        textEvidence('Content-Encoding', coding, 'none'),
        ...(bare ? [bytesEvidence('first piece of the body', 10)] : []),
        ...latenessEvidence(hop, nearer),
      ],
      // Nothing to change in an application that is seen not to compress.
      fixes: fixesAt(context, 'compressed-unflushed').filter(
        ({ change }) => !isCodedAfter(nearer) || !change.startsWith('app.'),
      ),
    };
  },
});
