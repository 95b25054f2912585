import { strings } from '../strings.ts';
import { REPORT_CONTENTS } from '../verdict-strings.ts';
import { useAnnounce } from './announcer.tsx';
import { downloadText } from './clipboard.ts';
import { CopyButton } from './copy-button.tsx';
import { ScrollBox } from './scroll-box.tsx';
import type { PageView } from './view.ts';

/** The result to take along: a link that carries it, and the report as a file. */
export function Share({ share }: { share: NonNullable<PageView['share']> }) {
  const announce = useAnnounce();
  const { link } = share;
  const download = () => {
    downloadText(share.fileName, 'application/json', share.report);
    announce(strings.reportDownloaded(share.fileName));
  };
  return (
    <section class="share" aria-labelledby="share">
      <h2 id="share">{strings.shareTitle}</h2>
      <p>{link === null ? strings.shareTooLong : strings.shareWhat}</p>
      <div class="actions">
        {link !== null && (
          <CopyButton text={() => link} done={strings.linkCopied}>
            {strings.copyLink}
          </CopyButton>
        )}
        <CopyButton text={() => share.report} done={strings.reportCopied}>
          {strings.copyReport}
        </CopyButton>
        <button type="button" onClick={download}>
          {strings.downloadReport}
        </button>
      </div>
      <details>
        <summary>{strings.contentsTitle}</summary>
        <p>{REPORT_CONTENTS}</p>
        <ScrollBox text label={strings.reportText}>
          {share.report}
        </ScrollBox>
      </details>
    </section>
  );
}
