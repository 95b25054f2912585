import { bytesOf, latin1 } from '../../http/base64.ts';
import { headerValue } from '../../http/header-list.ts';
import type { Evidence, Fix, HopFacts } from '../../types.ts';
import { docsLink } from '../docs-link.ts';
import { eventsEvidence, sentences, textEvidence } from '../phrases.ts';
import { codingOf, headersOf, isEventStreamType } from '../readings.ts';
import { defineRule } from '../rule.ts';

const MDN = 'https://developer.mozilla.org/en-US/docs/Web/API/EventSource';

/** Events that carry a name (`event:` lines): `onmessage` never sees them. */
function namedEvents(hop: HopFacts): number {
  if (codingOf(hop) !== null) return 0;
  const body = hop.observation.chunks.map((chunk) => latin1(bytesOf(chunk.base64))).join('');
  const names = body.match(/^event: ?.+$/gm) ?? [];
  return names.filter((line) => !/^event: ?message$/.test(line)).length;
}

function client(change: string, source = MDN): Fix {
  return { where: 'client', change, config: null, proven: false, source };
}

export const lookAtClient = defineRule({
  id: 'look-at-client',
  title: 'Every hop streams: look at the client',
  summary:
    'Events arrive here in time. If a page still shows nothing, the reason is in the page or in its browser.',
  looksLike: 'All measured hops are streaming.',
  why: 'Common mistakes: onmessage although the events have names, cookies without withCredentials, a missing CORS header, more than six streams to one host over HTTP/1.1, a fetch reader that waits for the whole body, a text decoder without { stream: true }.',
  sources: [
    MDN,
    'https://html.spec.whatwg.org/multipage/server-sent-events.html#server-sent-events-intro',
    'https://developer.mozilla.org/en-US/docs/Web/API/Server-sent_events/Using_server-sent_events',
  ],
  needs: ['response'],
  evaluate({ hop, hops, response }) {
    const last = hops.at(-1);
    if (hop !== last || hops.some((one) => one.verdict !== 'streaming')) return null;
    const named = namedEvents(hop);
    const cors = headerValue(headersOf(hop), 'access-control-allow-origin');
    const http1 = response.httpVersion.startsWith('1');
    const evidence: Evidence[] = [
      ...(named > 0 ? [eventsEvidence('events with a name (event: lines)', named)] : []),
      ...(cors === null
        ? [textEvidence('Access-Control-Allow-Origin', 'absent', 'needed when the page is on another origin')]
        : []),
      ...(http1
        ? [textEvidence('HTTP version', response.httpVersion, '2: no limit of six connections to a host')]
        : []),
    ];
    const eventSource = isEventStreamType(hop);
    return {
      severity: 'info',
      confidence: 'possible',
      explanation: sentences(
        'Nothing that was measured holds events back.',
        named > 0
          ? 'The events have names: EventSource gives them to addEventListener(name, …), never to onmessage.'
          : null,
        'If a client still sees nothing: check names of events and listeners, withCredentials for cookies to another origin, CORS, and that a fetch reader does not wait for the whole body.',
        http1 && eventSource ? 'If only the seventh tab hangs: see http-1-connection-limit.' : null,
        `The usual mistakes of each client, with the lines that are right: ${docsLink('docs/clients/README.md')}.`,
      ),
      evidence,
      fixes: named > 0 ? [client("source.addEventListener('NAME', (event) => { … });")] : [],
    };
  },
});
