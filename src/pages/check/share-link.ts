import { readFragment, writeFragment } from './fragment.ts';
import { judgeRecord, recordOf } from './judge-record.ts';
import type { CheckState } from './model.ts';

/**
 * Address of this page with the result in its fragment, compressed; null where it would be too long for a link, and before
 * the run is over. What is behind the `#` never leaves the browser.
 */
export async function shareLink(state: CheckState): Promise<string | null> {
  const record = state.verdict === null ? undefined : recordOf(state.verdict);
  const fragment = record === undefined ? null : await writeFragment(record);
  return fragment === null ? null : `${location.href.split('#', 1)[0]}${fragment}`;
}

/**
 * The result that a link carries, judged again here; null for a fragment without one.
 * @throws Error with one sentence for people when the fragment holds something else
 */
export async function readShared(fragment: string): Promise<CheckState | null> {
  const record = await readFragment(fragment);
  return record === null ? null : judgeRecord(record);
}
