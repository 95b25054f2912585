/** The style sheet of the HTML report: system fonts, system colours, readable in light and dark and on paper. */
export const HTML_STYLE = `
:root{color-scheme:light dark;--ink:#1c2024;--soft:#60646c;--line:#d9d9e0;--page:#fff;--card:#f6f6f8;--good:#18794e;--bad:#c62a2f;--unknown:#946800}
@media (prefers-color-scheme:dark){:root{--ink:#edeef0;--soft:#b0b4ba;--line:#3a3d42;--page:#111113;--card:#1c1d20;--good:#3dd68c;--bad:#ff9592;--unknown:#ffca16}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:64rem;margin:0 auto;padding:1.5rem;overflow-wrap:anywhere}
h1{font-size:1.4rem;margin:.2rem 0 1.5rem}
h2{font-size:1.1rem;margin:0 0 .3rem}
.verdict{margin:0;font-weight:700;letter-spacing:.02em}
.good{color:var(--good)}.bad{color:var(--bad)}.unknown{color:var(--unknown)}
header h1{color:var(--ink)}
figure{margin:0 0 1rem;overflow-x:auto}
svg{width:100%;min-width:34rem;height:auto;display:block;font:13px system-ui,sans-serif}
svg .grid{stroke:var(--line)}svg .tick{fill:var(--soft);text-anchor:middle}
svg .name{fill:var(--ink);dominant-baseline:central}
svg .open{fill:currentColor;opacity:.18}svg .event{stroke:currentColor;stroke-width:2;fill:none}svg .end{stroke:currentColor;stroke-width:3;fill:none}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;margin-bottom:1.5rem}
th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid var(--line);white-space:nowrap}
th.number,.number{text-align:right;font-variant-numeric:tabular-nums}
.finding,details{background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.8rem 1rem;margin:0 0 1rem}
.finding.error{border-left:.3rem solid var(--bad)}.finding.warning{border-left:.3rem solid var(--unknown)}
.finding details{background:none;border:0;padding:0;margin:0}
.meta,footer{color:var(--soft);font-size:.9rem;margin:.2rem 0}
pre{background:var(--page);border:1px solid var(--line);border-radius:.3rem;padding:.6rem;margin:.3rem 0;white-space:pre-wrap}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}dt{color:var(--soft)}dd{margin:0}
a{color:inherit}
summary{cursor:pointer}
`;
