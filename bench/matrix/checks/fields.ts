import { readAnswer } from '../answer.ts';
import { bad, type Cell, type Check, good, na, type Section } from '../check.ts';
import type { Stage } from '../stage.ts';
import { answered, CHUNKED_HEAD, event, speak } from '../streams.ts';
import type { Origin } from '../upstream.ts';

/** What of a request's fields reaches the upstream. */
function requestField(id: string, title: string, sent: string[], judge: (origin: Origin) => Cell): Check {
  return {
    id,
    title,
    async run(stage) {
      const { client, origin } = await stage.exchange({ fields: sent });
      if (origin !== null) return judge(origin);
      const { head } = readAnswer(client.text);
      if (head?.status === 400) return good('400');
      return bad(`refused${answered(client)}`);
    },
  };
}

const gone =
  (name: string, otherwise: string) =>
  (origin: Origin): Cell =>
    origin.fields.has(name) ? bad(otherwise, `${name}: ${origin.fields.get(name)}`) : good('removed');

async function responseField(stage: Stage): Promise<Cell> {
  const { client, origin } = await stage.exchange();
  if (origin === null) return bad('request held');
  const head = CHUNKED_HEAD.replace('\r\n\r\n', '\r\nConnection: close, X-Inner\r\nX-Inner: 1\r\n\r\n');
  const out = speak(origin, head);
  out.head();
  out.piece(event(1));
  out.last();
  await client.until('\r\n\r\n', 1_500);
  const answer = readAnswer(client.text);
  if (answer.head === null) return na('no answer');
  return answer.head.fields.has('x-inner') ? bad('PASSED ON') : good('removed');
}

/** Applications believe the first address; some the last. */
function forwardedFor({ fields }: Origin): Cell {
  const value = fields.get('x-forwarded-for') ?? '';
  if (!value.includes('6.6.6.6')) return good(value === '' ? 'removed' : 'replaced');
  return bad(value === '6.6.6.6' ? 'BELIEVED' : 'appended to', `X-Forwarded-For: ${value}`);
}

export const fieldsSection: Section = {
  title: 'Fields that stop here',
  explanation:
    'What a client must not be able to tell the upstream, and what belongs to one connection only (RFC 9110 section 7.6.1). No proxy in front is trusted in any setting.',
  checks: [
    requestField(
      'connection-nominated',
      'request field that Connection names',
      ['Connection: X-Secret', 'X-Secret: 1'],
      gone('x-secret', 'PASSED ON'),
    ),
    {
      id: 'connection-nominated-response',
      title: 'response field that Connection names',
      run: responseField,
    },
    requestField('keep-alive', 'Keep-Alive', ['Keep-Alive: timeout=5'], gone('keep-alive', 'PASSED ON')),
    requestField(
      'proxy-authorization',
      'Proxy-Authorization',
      ['Proxy-Authorization: Basic YTpi'],
      gone('proxy-authorization', 'LEAKED'),
    ),
    requestField('httpoxy', 'Proxy (httpoxy)', ['Proxy: http://evil.test'], gone('proxy', 'PASSED ON')),
    requestField('forwarded-for', 'forged X-Forwarded-For', ['X-Forwarded-For: 6.6.6.6'], forwardedFor),
    requestField(
      'underscore',
      'its twin X_Forwarded_For',
      ['X_Forwarded_For: 6.6.6.6'],
      gone('x_forwarded_for', 'PASSED ON'),
    ),
  ],
};
