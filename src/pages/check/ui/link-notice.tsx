import { strings } from '../strings.ts';
import type { PageView } from './view.ts';

interface Props {
  sender: NonNullable<PageView['sender']>;
  onStart: () => void;
}

/** Says first that this is somebody else's result: a reader would take it for their own. */
export function LinkNotice({ sender, onStart }: Props) {
  return (
    <aside class="notice" aria-label={strings.linkNoticeTitle}>
      <p>
        <strong>{strings.linkNoticeTitle}</strong> {strings.linkNotice(sender.when)}
        {sender.old && ` ${strings.linkOld}`}
      </p>
      <div class="actions">
        <button type="button" onClick={onStart}>
          {strings.startHere}
        </button>
      </div>
    </aside>
  );
}
