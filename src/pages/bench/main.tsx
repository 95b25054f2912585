import { render } from 'preact';
import '../shared/theme.css';
import '../shared/document.css';
import './bench.css';
import { Charts } from './charts.tsx';
import type { Scenario } from './data.ts';
import { STRINGS } from './strings.ts';

/** The tables stand in the page; this draws the charts above them. */
const scenarios = JSON.parse(document.getElementById('scenarios')?.textContent ?? '[]') as Scenario[];
for (const scenario of scenarios) {
  const place = document.getElementById(`chart-${scenario.id}`);
  if (place !== null) render(<Charts scenario={scenario} />, place);
}
const legend = document.getElementById('legend');
if (legend !== null) legend.textContent = STRINGS.legend;
