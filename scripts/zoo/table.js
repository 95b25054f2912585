// The zoo's table: a row for each member that was probed, as text, Markdown or JSON.

const COLUMNS = [
  ['product', (row) => row.product],
  ['version', (row) => row.version],
  ['as it goes', (row) => (row.kind === 'buffering' ? 'wrong' : 'right')],
  ['verdict', (row) => row.verdict],
  ['kind of hold', (row) => row.hold ?? '-'],
  ['hold', (row) => (row.holdMs === null ? '-' : `${row.atLeast ? '>' : ''}${showMs(row.holdMs)}`)],
  ['fix', (row) => row.fix ?? (row.note === null ? '-' : row.note)],
];
/** Longer ones are told in full by the other formats. */
const FIX_COLUMNS = 72;

function showMs(ms) {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

/**
 * What a report says about a member.
 *
 * @param member `product`, `kind`, `shows` (the finding that the buffering half is to lead to) and the image's `version`
 * @param report of the origin and, second, the member
 */
export function rowOf(member, report) {
  const hop = report.hops[1];
  const findings = report.findings.filter((one) => one.hop === hop.name && one.severity === 'error');
  const shown = findings.find(({ id }) => id === member.shows) ?? findings[0];
  const fix = shown?.fixes[0];
  const asMeant =
    member.kind === 'passthrough'
      ? hop.verdict === 'streaming' && findings.length === 0
      : findings.some(({ id }) => id === member.shows);
  return {
    product: member.product,
    version: member.version,
    kind: member.kind,
    verdict: hop.verdict,
    findings: findings.map(({ id }) => id),
    hold: hop.hold?.kind ?? null,
    holdMs: hop.events.holdMs === null ? (hop.hold?.atLeastMs ?? null) : Math.max(0, hop.events.holdMs.max),
    atLeast: hop.events.holdMs === null,
    fix:
      fix === undefined
        ? null
        : `${fix.where}: ${fix.change
            .split('\n')
            .map((line) => line.trim())
            .join(' ; ')}`,
    asMeant,
    note: hop.verdict === 'unreachable' ? (hop.error?.message ?? null) : null,
  };
}

/** A member that was not watched: why stands where the fix would. */
export function unwatchedRow({ product, kind, version }, note, asMeant) {
  const measured = { verdict: '-', findings: [], hold: null, holdMs: null, atLeast: false, fix: null };
  return { product, version, kind, ...measured, asMeant, note };
}

/** No control characters, which an answer of a stranger may carry into a change or a message. */
const printable = (text) => text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, ' ');

function cut(text, columns) {
  return text.length <= columns ? text : `${text.slice(0, columns - 2)}..`;
}

export function textTable(rows) {
  const cells = rows.map((row) => COLUMNS.map(([, cell]) => cut(printable(cell(row)), FIX_COLUMNS)));
  const titles = COLUMNS.map(([title]) => title);
  const widths = titles.map((title, i) => Math.max(title.length, ...cells.map((row) => row[i].length)));
  const line = (row, i) => {
    const mark = i < 0 ? '' : rows[i].asMeant ? '' : '   <- not as meant';
    return `${row
      .map((text, column) => text.padEnd(widths[column]))
      .join('  ')
      .trimEnd()}${mark}`;
  };
  return [line(titles, -1), ...cells.map(line)].join('\n');
}

export function markdownTable(rows) {
  const escaped = (text) => printable(text).replaceAll(/[\\|`*_<>[\]]/g, '\\$&');
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [
    line(COLUMNS.map(([title]) => title)),
    line(COLUMNS.map(() => '---')),
    ...rows.map((row) => line(COLUMNS.map(([, cell]) => escaped(cell(row))))),
  ].join('\n');
}
