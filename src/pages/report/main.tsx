import { type ComponentChild, render } from 'preact';
import { formatJson } from '../../report/json.ts';
import type { Report } from '../../types.ts';
import { CopyButton } from '../shared/copy-button.tsx';
import '../shared/theme.css';
import '../shared/document.css';
import './report.css';
import { STRINGS } from './strings.ts';
import { Timeline } from './timeline.tsx';

/** The page can be read as it is. This lets the timeline answer questions, and adds what only a script can do. */
function enhance(report: Report): void {
  addTimeline(report);
  addTools(report);
  for (const block of document.querySelectorAll('.code')) {
    const code = block.querySelector('code');
    if (code !== null) append(block, <CopyButton text={() => code.textContent} />);
  }
}

function addTimeline(report: Report): void {
  const figure = document.querySelector('#timeline figure');
  if (figure === null) return;
  figure.replaceChildren();
  figure.classList.add('live');
  const draw = (onPaper: boolean): void => render(<Timeline hops={report.hops} onPaper={onPaper} />, figure);
  draw(false);
  const folded = document.querySelectorAll('details');
  let closed: HTMLDetailsElement[] = [];
  addEventListener('beforeprint', () => {
    draw(true);
    closed = [...folded].filter((one) => !one.open);
    for (const one of closed) one.open = true;
  });
  addEventListener('afterprint', () => {
    draw(false);
    for (const one of closed) one.open = false;
  });
}

function addTools(report: Report): void {
  const header = document.querySelector('header');
  if (header === null) return;
  const json = (): string => formatJson(report);
  append(
    header,
    <fieldset class="tools" aria-label={STRINGS.tools}>
      <button type="button" onClick={() => save(json(), STRINGS.fileName(report.startedAt))}>
        {STRINGS.download}
      </button>
      <CopyButton text={json} label={STRINGS.copyJson} />
      <button type="button" onClick={() => print()}>
        {STRINGS.print}
      </button>
    </fieldset>,
  );
}

function append(to: Element, content: ComponentChild): void {
  const place = document.createElement('div');
  place.className = 'added';
  to.append(place);
  render(content, place);
}

function save(text: string, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

const embedded = document.getElementById('report')?.textContent;
if (embedded) enhance(JSON.parse(embedded) as Report);
