import type { z } from 'zod';
import type { OptionProblem } from '../option-error.ts';
import { type CheckedConfig, gatewayConfig } from './gateway.ts';

type Issue = z.core.$ZodIssue;

/** What a configuration means, or everything that is wrong with its form. */
export type Checked = { config: CheckedConfig; problems: null } | { config: null; problems: OptionProblem[] };

/** Checks keys and values; what they mean together the gateway itself checks (resolve-options.ts). */
export function checkConfig(raw: Readonly<Record<string, unknown>>): Checked {
  const result = gatewayConfig.safeParse(raw);
  if (result.success) return { config: result.data, problems: null };
  return { config: null, problems: result.error.issues.flatMap((issue) => problemsOf(issue, [])) };
}

function problemsOf(issue: Issue, above: readonly (string | number)[]): OptionProblem[] {
  const path = [...above, ...issue.path.map((part) => (typeof part === 'number' ? part : String(part)))];
  if (issue.code === 'unrecognized_keys') {
    const messages = issue.message.split('\n');
    return issue.keys.map((key, i) => ({ path: [...path, key], message: messages[i] ?? '' }));
  }
  if (issue.code === 'invalid_union') return problemsOfUnion(issue, path);
  if (issue.code === 'invalid_type') return [{ path, message: wrongType(issue) }];
  // A key that is not there has the value undefined, which is no word.
  return [{ path, message: issue.message }];
}

const EXPECTED: Readonly<Record<string, string>> = {
  object: 'a mapping of keys to values',
  record: 'a mapping of names to values',
  array: 'a list',
  boolean: 'true or false',
};

function wrongType({ expected }: Extract<Issue, { code: 'invalid_type' }>): string {
  return `expected ${EXPECTED[expected] ?? expected}`;
}

/** A block or its short form: what counts is the one that was meant, the one that has got beyond its own type. */
function problemsOfUnion(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  path: readonly (string | number)[],
): OptionProblem[] {
  const forms = issue.errors as Issue[][];
  const isOther = (one: Issue): boolean => one.path.length === 0 && one.code === 'invalid_type';
  const meant = forms.find((form) => !form.some(isOther)) ?? forms[0] ?? [];
  return meant.flatMap((one) => problemsOf(one, path));
}
