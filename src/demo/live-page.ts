import { createHash } from 'node:crypto';
import { STORY } from '../origin/story.ts';

/** One stream on the live page. */
export interface Lane {
  title: string;
  /** What to expect, in one sentence. */
  note: string;
  url: string;
}

/** The page and the policy it is to be sent with. */
export interface LivePage {
  html: string;
  /** Value of `Content-Security-Policy`: this page's own script and style, and the lanes' addresses; nothing else. */
  policy: string;
}

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
main { display: grid; grid-template-columns: repeat(auto-fit, minmax(19rem, 1fr)); gap: 1rem; }
section { border: 2px solid #8888; border-radius: .5rem; padding: 1rem; }
section[data-state="late"] { border-color: #c60; }
section[data-state="flowing"] { border-color: #2a7; }
h2 { font-size: 1.1rem; margin: 0; }
.now { font-size: 1.6rem; min-height: 2.5rem; font-weight: 600; }
ol { padding: 0; list-style: none; font-variant-numeric: tabular-nums; min-height: 17rem; }
li { display: flex; justify-content: space-between; gap: 1rem; border-bottom: 1px solid #8884; }
li span:last-child { white-space: nowrap; }
li .late { font-weight: 600; }
.note { min-height: 3rem; }
`;

/** Runs in the browser. Each round opens all lanes at once and ends when all have told the whole story. */
const SCRIPT = `
'use strict';
const { lanes, last } = JSON.parse(document.getElementById('lanes').textContent);
const LATE_MS = 180;
const PAUSE_MS = 4000;
const seconds = (ms) => (ms < 1000 ? Math.round(ms) + ' ms' : (ms / 1000).toFixed(1) + ' s');

function runLane(lane, section) {
  const find = (name) => section.querySelector(name);
  const list = find('ol');
  const startedAt = performance.now();
  let events = 0;
  let worstMs = 0;
  list.replaceChildren();
  section.dataset.state = 'waiting';
  find('.now').textContent = '...';
  const clock = setInterval(() => {
    if (events > 0) return;
    find('.state').textContent = 'nothing for ' + seconds(performance.now() - startedAt);
  }, 100);
  return new Promise((resolve) => {
    const source = new EventSource(lane.url);
    const finish = (text) => {
      source.close();
      clearInterval(clock);
      find('.state').textContent = text;
      resolve();
    };
    source.onmessage = (message) => {
      const { seq, sentAt, status, place } = JSON.parse(message.data);
      const lateMs = Math.max(0, Date.now() - sentAt);
      events += 1;
      worstMs = Math.max(worstMs, lateMs);
      section.dataset.state = worstMs > LATE_MS ? 'late' : 'flowing';
      find('.now').textContent = status.replaceAll('_', ' ');
      find('.state').textContent = events + ' events';
      const item = document.createElement('li');
      const what = document.createElement('span');
      const when = document.createElement('span');
      what.textContent = place;
      when.textContent = lateMs > LATE_MS ? 'LATE by ' + seconds(lateMs) : 'on time';
      when.className = lateMs > LATE_MS ? 'late' : 'live';
      item.append(what, when);
      list.append(item);
      if (seq >= last) finish(events + ' events, worst hold ' + seconds(worstMs));
    };
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED) finish('the browser gave up on this stream');
    };
  });
}

async function run() {
  const sections = [...document.querySelectorAll('section')];
  for (;;) {
    await Promise.all(lanes.map((lane, index) => runLane(lane, sections[index])));
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
run();
`;

/**
 * The live page: the same delivery on several paths, side by side. Complete in itself.
 * @param setting what the paths lead through, e.g. `nginx/1.22.1`
 */
export function renderLivePage(lanes: readonly Lane[], setting: string): LivePage {
  const sections = lanes.map(
    (lane) => `<section data-state="waiting" aria-label="${escapeHtml(lane.title)}">
<h2>${escapeHtml(lane.title)}</h2>
<p class="note">${escapeHtml(lane.note)}</p>
<p class="now" aria-live="polite">...</p>
<ol></ol>
<p class="state">connecting</p>
</section>`,
  );
  const data = { lanes: lanes.map(({ url }) => ({ url })), last: STORY.length };
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>unclog demo: one stream, held and flowing</title>
<style>${STYLE}</style>
</head>
<body>
<h1>One delivery, told over ${lanes.length} paths</h1>
<p>The same origin sends the same events at the same moments. ${escapeHtml(setting)} stands in between.</p>
<main>
${sections.join('\n')}
</main>
<script type="application/json" id="lanes">${jsonForHtml(data)}</script>
<script>${SCRIPT}</script>
</body>
</html>
`;
  const origins = [...new Set(lanes.map(({ url }) => new URL(url).origin))];
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(SCRIPT)}`,
    `style-src ${hashOf(STYLE)}`,
    `connect-src ${origins.join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  return { html, policy };
}

/** CSP Level 3, "hash-source": the very text between the tags. */
function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

function escapeHtml(text: string): string {
  const named: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (char) => named[char] ?? char);
}

/** JSON in which no text can end the script element. */
function jsonForHtml(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}
