import { defineHeldRule } from '../held-rule.ts';

export const heldOneBehind = defineHeldRule({
  kind: 'one-behind',
  title: 'Each event waits for the next one',
  summary: 'Every event is pushed out by the one after it, so the newest is always missing.',
  looksLike:
    'Each event arrives at the moment the next one is sent: the lateness equals the distance between events, only the last one is on time (or never comes).',
  why: 'A writer that flushes before a write instead of after it, HAProxy compression, old IIS modules, some virus scanners.',
  sources: [
    'https://github.com/aspnet/IISIntegration/issues/268',
    'https://github.com/featurehub-io/featurehub/issues/296',
    'https://docs.haproxy.org/2.6/configuration.html#4.2-compression%20algo',
  ],
  tell: () =>
    'Each event arrives only when the next one is sent. A comment line right after every event would push it out.',
});
