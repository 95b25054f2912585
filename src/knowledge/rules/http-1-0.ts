import type { RuleContext } from '../../types.ts';
import { fixesFor } from '../fixes.ts';
import { speaksHttp11ByDefault } from '../intermediaries/nginx.ts';
import { bytesEvidence, sentences, textEvidence } from '../phrases.ts';
import { codingOf, isStreamAnswer } from '../readings.ts';
import { defineRule, type FindingDraft } from '../rule.ts';

/** What this hop itself speaks: HTTP/1.0, or an answer whose end only the closing of the connection marks. */
function spoken({ hop }: RuleContext): FindingDraft | null {
  const response = hop.observation.response;
  if (response === null) return null;
  const old = response.httpVersion === '1.0';
  if (!old && response.framing !== 'close') return null;
  const held = hop.verdict === 'held';
  return {
    severity: held ? 'warning' : 'info',
    confidence: 'likely',
    explanation: sentences(
      old
        ? 'This answer is HTTP/1.0.'
        : 'This answer is not chunked: only the closing of the connection marks its end.',
      'An nginx in front buffers such answers to their end, and a connection that breaks cannot be told from the end of the stream.',
    ),
    evidence: [
      textEvidence('HTTP version', response.httpVersion, '1.1'),
      textEvidence('framing', response.framing, 'chunked'),
    ],
    fixes: fixesFor(['nginx'], 'http-1-0'),
  };
}

/**
 * What nginx speaks to the server behind it, deduced: a chunked answer flows through a buffering nginx in clear text unless
 * it asked for HTTP/1.0 and so got one that is not chunked.
 */
function deduced({ hop, nearer }: RuleContext): FindingDraft | null {
  const nginx = hop.intermediaries.find(({ id, confidence }) => id === 'nginx' && confidence !== 'possible');
  const kind = hop.hold?.kind;
  const chunkedBehind = nearer?.observation.response?.framing === 'chunked' && nearer.verdict === 'streaming';
  const collected = kind === 'until-close' || kind === 'until-full';
  if (nginx === undefined || !chunkedBehind || !collected || hop.verdict !== 'held') return null;
  if (hop.observation.tls !== null || codingOf(hop) !== null) return null;
  const newer = speaksHttp11ByDefault(nginx.version) === true;
  return {
    severity: 'warning',
    confidence: 'likely',
    title: 'nginx speaks HTTP/1.0 to the server behind it',
    explanation: sentences(
      `"${nearer.name}" sends a chunked answer, which a buffering nginx passes on event by event; this one collects it, so it very likely asked for it with HTTP/1.0 and got an answer without chunks.`,
      newer
        ? 'nginx 1.29.7 and newer do that only when told to.'
        : 'That is the default before nginx 1.29.7.',
      'The other ways to the same picture: it stores the answer (proxy_cache), or reaches the server through fastcgi_pass or uwsgi_pass, which have buffers of their own.',
      'Speaking HTTP/1.1 lets chunked events flow, but the response head still waits for the first one: proxy_buffering off cures both.',
    ),
    evidence: [
      textEvidence(`framing at ${nearer.name}`, 'chunked'),
      ...(hop.hold?.blockBytes == null ? [] : [bytesEvidence('block size', hop.hold.blockBytes)]),
    ],
    fixes: fixesFor(['nginx'], 'http-1-0'),
  };
}

export const http10 = defineRule({
  id: 'http-1-0',
  title: 'The stream is sent as HTTP/1.0',
  summary:
    'HTTP/1.0 has no chunks, so an intermediary cannot tell pieces of the stream apart, and many collect all of it.',
  looksLike:
    'HTTP/1.0 in the status line, or a body that only the closing of the connection ends. Behind nginx: events of a chunked origin come at the end or in 4096-byte blocks.',
  why: 'nginx before 1.29.7 speaks HTTP/1.0 to the server behind it unless proxy_http_version says otherwise; some small servers only speak HTTP/1.0.',
  sources: [
    'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_http_version',
    'https://www.rfc-editor.org/rfc/rfc9112.html#section-6.3',
  ],
  needs: ['response'],
  evaluate: (context) => (isStreamAnswer(context.hop) ? (spoken(context) ?? deduced(context)) : null),
});
