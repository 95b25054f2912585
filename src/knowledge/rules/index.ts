import { withExperiments } from '../experiment-drafts.ts';
import type { Rule } from '../rule.ts';
import { abortNotPropagated } from './abort-not-propagated.ts';
import { burstyOrigin } from './bursty-origin.ts';
import { compressed } from './compressed.ts';
import { compressedUnflushed } from './compressed-unflushed.ts';
import { cutByAge } from './cut-by-age.ts';
import { cutWhenIdle } from './cut-when-idle.ts';
import { eventsDuplicated } from './events-duplicated.ts';
import { eventsLost } from './events-lost.ts';
import { eventsReordered } from './events-reordered.ts';
import { eventsRewritten } from './events-rewritten.ts';
import { fixedLength } from './fixed-length.ts';
import { headHeld } from './head-held.ts';
import { heldConstant } from './held-constant.ts';
import { heldForTime } from './held-for-time.ts';
import { heldInitially } from './held-initially.ts';
import { heldOneBehind } from './held-one-behind.ts';
import { heldUnknown } from './held-unknown.ts';
import { heldUntilClose } from './held-until-close.ts';
import { heldUntilFull } from './held-until-full.ts';
import { http10 } from './http-1-0.ts';
import { http1ConnectionLimit } from './http-1-connection-limit.ts';
import { httpStatus } from './http-status.ts';
import { lastEventIdDropped } from './last-event-id-dropped.ts';
import { lookAtClient } from './look-at-client.ts';
import { missingNoTransform } from './missing-no-transform.ts';
import { missingOptOut } from './missing-opt-out.ts';
import { noEvents } from './no-events.ts';
import { optOutStripped } from './opt-out-stripped.ts';
import { overloadedProber } from './overloaded-prober.ts';
import { requestBodyHeld } from './request-body-held.ts';
import { servedFromCache } from './served-from-cache.ts';
import { slowBackend } from './slow-backend.ts';
import { slowFirstEvent } from './slow-first-event.ts';
import { timedOutBeforeHead } from './timed-out-before-head.ts';
import { tlsInspection } from './tls-inspection.ts';
import { truncated } from './truncated.ts';
import { unreachable } from './unreachable.ts';
import { wrongContentType } from './wrong-content-type.ts';

const ALL: readonly Rule[] = [
  heldUntilClose,
  heldUntilFull,
  heldForTime,
  heldConstant,
  heldOneBehind,
  headHeld,
  heldInitially,
  heldUnknown,
  compressedUnflushed,
  compressed,
  cutWhenIdle,
  cutByAge,
  timedOutBeforeHead,
  truncated,
  wrongContentType,
  httpStatus,
  fixedLength,
  servedFromCache,
  eventsLost,
  eventsDuplicated,
  eventsReordered,
  eventsRewritten,
  lastEventIdDropped,
  abortNotPropagated,
  requestBodyHeld,
  optOutStripped,
  missingOptOut,
  missingNoTransform,
  http10,
  http1ConnectionLimit,
  burstyOrigin,
  slowFirstEvent,
  slowBackend,
  lookAtClient,
  noEvents,
  unreachable,
  tlsInspection,
  overloadedProber,
];

/** Every rule, one per finding id, in the order of FINDING_IDS. */
export const RULES: readonly Rule[] = ALL.map(withExperiments);
