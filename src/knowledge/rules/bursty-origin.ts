import type { HopFacts, TimelineEvent } from '../../types.ts';
import { eventsEvidence, sentences, textEvidence } from '../phrases.ts';
import { defineRule } from '../rule.ts';

/** Events stamped within this time of each other were sent in one go. */
const ONE_GO_MS = 20;

/** Events grouped by the socket read they arrived in; only groups of two and more. */
function bursts(hop: HopFacts): TimelineEvent[][] {
  const groups = new Map<number, TimelineEvent[]>();
  for (const event of hop.timeline.events) groups.set(event.read, [...(groups.get(event.read) ?? []), event]);
  return [...groups.values()].filter((group) => group.length > 1);
}

/** Whether the sender's stamps agree that a group was sent together; null without stamps. */
function sentTogether(group: TimelineEvent[]): boolean | null {
  const stamps = group.map((event) => event.sentAtEpochMs).filter((stamp) => stamp !== null);
  if (stamps.length < 2) return null;
  return Math.max(...stamps) - Math.min(...stamps) <= ONE_GO_MS;
}

export const burstyOrigin = defineRule({
  id: 'bursty-origin',
  title: 'The origin itself sends in bursts',
  summary: 'Events come in groups because they are sent in groups. No intermediary is to blame.',
  looksLike:
    'Several events in one read, again and again, with equal stamps, at the hop nearest to the origin.',
  why: 'A loop that collects updates and writes them at intervals, a queue that is polled, a model that yields several tokens at once.',
  sources: ['https://html.spec.whatwg.org/multipage/server-sent-events.html#authoring-notes'],
  needs: ['response'],
  evaluate({ hop }) {
    if (hop.index !== 0 || hop.hold !== null) return null;
    const groups = bursts(hop);
    const grouped = groups.flat().length;
    // One group at the start is a backlog for a new reader, not a habit.
    if (groups.length < 2 || grouped < hop.timeline.events.length / 2) return null;
    const known = groups.map(sentTogether).filter((together) => together !== null);
    if (known.includes(false)) return null;
    return {
      severity: 'info',
      confidence: known.length > 0 ? 'proven' : 'possible',
      explanation: sentences(
        `${grouped} of ${hop.timeline.events.length} events came in groups of two and more.`,
        known.length > 0
          ? 'Their stamps are equal, so they were sent together.'
          : 'The events carry no stamps, so an intermediary before this address cannot be excluded: measure nearer to the origin.',
      ),
      evidence: [eventsEvidence('events in groups', grouped), textEvidence('groups', groups.length)],
      fixes: [],
    };
  },
});
