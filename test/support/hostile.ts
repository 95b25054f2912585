import type { Report } from '../../src/types.ts';

/** What a malicious server or user might put into a text: terminal controls, markup of every kind, direction marks. */
export const HOSTILE = [
  '\u001b[2J\u001b]0;owned\u0007\u009b31m\u0000\b\r\nnew line\u0085\u2028',
  '<script>alert(1)</script><img src=x onerror=alert(1)>&amp;]]>--><!--',
  '`code` ``` [link](javascript:alert(1)) **bold** | cell @everyone #1 # heading',
  '\u202egnp.exe\u2066\u200b\ufeff\ud800 "quoted" \'single\' \u{e0041}',
].join(' ');

/** Every text in the report that may come from outside replaced; numbers, ids and enumerations stay. */
export function withTexts(report: Report, text: string): Report {
  return {
    ...report,
    hops: report.hops.map((hop) => ({
      ...hop,
      name: text,
      url: text,
      response: hop.response && { ...hop.response, httpVersion: text, headers: [[text, text]] },
      tls: { protocol: text, alpn: text, issuer: text },
      intermediaries: [{ id: text, version: text, confidence: 'likely', evidence: [text] }],
      ...(hop.response === null ? { error: { code: text, message: text } } : {}),
    })),
    findings: report.findings.map((finding) => ({
      ...finding,
      hop: text,
      title: text,
      explanation: text,
      evidence: [{ what: text, value: text, unit: '', expected: text }],
      fixes: finding.fixes.map((fix) => ({ ...fix, where: text, change: text, config: text, source: text })),
    })),
    warnings: [text],
    next: text,
  };
}

/** Characters that act instead of being seen: on a terminal, on a page, in an editor. */
export const ACTING_CHARACTERS =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|\p{Cs}|[\u{e0000}-\u{e0fff}]/u;
