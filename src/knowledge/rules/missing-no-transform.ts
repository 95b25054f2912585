import { headerValue } from '../../http/header-list.ts';
import { fixesFor } from '../fixes.ts';
import { sentences, textEvidence } from '../phrases.ts';
import { codingOf, hasNoTransform, headersOf, isStreamAnswer, showsFields } from '../readings.ts';
import { defineRule } from '../rule.ts';

export const missingNoTransform = defineRule({
  id: 'missing-no-transform',
  title: 'The stream does not forbid compression on the way',
  summary:
    'Without no-transform in Cache-Control, a hop may compress the stream, and many compressors hold it.',
  looksLike: 'Cache-Control absent or without no-transform in the head nearest to the origin.',
  why: 'Frameworks send no-cache for event streams, rarely no-transform. Express compression, HAProxy, Cloudflare, Caddy and others leave an answer with no-transform alone.',
  sources: [
    'https://www.rfc-editor.org/rfc/rfc9111.html#section-5.2.2.6',
    'https://github.com/expressjs/compression#server-sent-events',
  ],
  needs: ['response'],
  evaluate({ hop, hops }) {
    if (hop.index !== 0 || !isStreamAnswer(hop) || !showsFields(hop) || hasNoTransform(headersOf(hop)))
      return null;
    const compressed = hops.filter((one) => codingOf(one) !== null);
    const harmful = compressed.some((one) => one.hold !== null);
    return {
      severity: harmful ? 'warning' : 'info',
      confidence: 'likely',
      explanation: sentences(
        'Cache-Control has no no-transform.',
        harmful
          ? `"${compressed[0]?.name}" compresses the stream and holds it; many compressors leave an answer with no-transform alone.`
          : 'A compressor that is added in front may hold the stream; the directive keeps most of them away.',
      ),
      evidence: [
        textEvidence(
          'Cache-Control',
          headerValue(headersOf(hop), 'cache-control') ?? 'absent',
          'no-transform among its members',
        ),
      ],
      fixes: fixesFor([], 'missing-no-transform'),
    };
  },
});
