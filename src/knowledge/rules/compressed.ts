import { fixesAt } from '../blame.ts';
import { sentences, showMs, textEvidence } from '../phrases.ts';
import { codingOf, isStreamAnswer } from '../readings.ts';
import { defineRule } from '../rule.ts';

/** A lateness below this is not worth telling. */
const NOTEWORTHY_MS = 20;

export const compressed = defineRule({
  id: 'compressed',
  title: 'The stream is compressed, and events still flow',
  summary:
    'Compression does no harm here now, but small events gain nothing, and a changed setting can make it hold.',
  looksLike: 'Content-Encoding is set and events still arrive in time.',
  why: 'A compressor that is flushed after each write (Apache mod_deflate, nginx gzip without buffering, Rack::Deflater).',
  sources: [
    'https://httpd.apache.org/docs/2.4/mod/mod_deflate.html',
    'https://www.rfc-editor.org/rfc/rfc9110.html#section-8.4',
  ],
  needs: ['response'],
  evaluate(context) {
    const { hop, nearer } = context;
    const coding = codingOf(hop);
    const unheld = hop.hold === null && hop.timeline.events.length > 0;
    if (coding === null || !unheld || !isStreamAnswer(hop)) return null;
    const added = nearer !== null && nearer.observation.response !== null && codingOf(nearer) === null;
    const lateMs = hop.judgedHoldMs ?? 0;
    const late = lateMs < NOTEWORTHY_MS ? 'in time' : `within ${showMs(lateMs)}`;
    return {
      severity: added ? 'warning' : 'info',
      confidence: added ? 'proven' : 'likely',
      explanation: sentences(
        `The answer is compressed (${coding}), and events arrive ${late} all the same.`,
        added ? `"${nearer.name}" sends it uncompressed: the hop in between compresses streams.` : null,
      ),
      evidence: [textEvidence('Content-Encoding', coding, 'none')],
      fixes: fixesAt(context, 'compressed'),
    };
  },
});
