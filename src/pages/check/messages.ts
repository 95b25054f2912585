/**
 * What a run may say about itself. A link carries these as they are and nothing else of the kind: whoever makes up a link must not
 * be able to make up sentences on a product's own host.
 */
export const LANE_MESSAGES = {
  blocked: 'the browser could not open the stream, and does not say why',
  broken: 'the connection broke off before the last event',
  ended: 'the answer ended before the last event',
  givenUp: 'nothing more came in the time that was waited',
} as const;

export const SKIP_REASONS = {
  notInTime: 'Streams have to arrive in time for this.',
  notBack: 'The stream that was cut off did not come back in time.',
} as const;

export const RUN_WARNINGS = {
  hidden:
    'The page was in the background for a while: browsers slow such pages down, and what looks late may be due to that.',
} as const;
