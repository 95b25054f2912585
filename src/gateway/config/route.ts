import { ROUTE_KINDS } from '../routes.ts';
import { BOUND_NAMES, routeBounds } from './route-bounds.ts';
import { block, choice, countOrOff, renamed, text, texts } from './values.ts';

/** An entry of `routes`. Blocks for what else a route can do go in here. */
export const routeEntry = block({
  name: text({
    description: 'For the log and `/streams`, as `rule`. Default: the first of its paths.',
  }).exactOptional(),
  paths: texts(
    {
      description:
        'Globs of paths, matched as sent: `**` is any text, `*` any text without a slash, `?` one character. Default: all.',
    },
    'list of globs',
  ).exactOptional(),
  hosts: texts(
    {
      description:
        'Names that the client’s `Host` may have, without port; `*.example.com` is any name below `example.com`. Default: all.',
    },
    'list of names',
  ).exactOptional(),
  methods: texts({ description: 'Methods, in capitals. Default: all.' }, 'list of methods').exactOptional(),
  upstream: text(
    { description: 'Name of one of `upstreams`, or `default` for the one of the key `upstream`.' },
    'name',
  ),
  kind: choice(ROUTE_KINDS, {
    description: '`stream`: by the relay, each request on a connection of its own. `ordinary`: by the pool.',
    preset: 'ordinary',
  }).exactOptional(),
  streamTypes: texts(
    { description: 'Media types that are streams besides `text/event-stream`.' },
    'list of media types',
  ).exactOptional(),
  ...routeBounds,
  maxStreams: countOrOff('Streams on this route at a time; further ones are answered 503.').exactOptional(),
  maxStreamsPerClient: countOrOff(
    'The same for each client address; of IPv6 for each /64 network.',
  ).exactOptional(),
}).transform((given) => renamed(given, BOUND_NAMES));
