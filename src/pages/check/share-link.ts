import type { CheckState } from './model.ts';

/**
 * Address of this page with the result in its fragment, compressed; null where it would be too long for a link. What is behind the
 * `#` never leaves the browser.
 */
export async function shareLink(_state: CheckState): Promise<string | null> {
  return null;
}

/**
 * The result that a link carries, judged again here; null for an empty fragment.
 * @throws Error with one sentence for people when the fragment holds something else
 */
export async function readShared(_fragment: string): Promise<CheckState | null> {
  return null;
}
