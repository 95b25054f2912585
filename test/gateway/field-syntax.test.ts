import { expect, it } from 'vitest';
import { parseFieldLine } from '../../src/http/field-syntax.ts';

it.each([
  ['a: b', ['a', 'b']],
  ['a:b', ['a', 'b']],
  ['a: \t b \t c \t ', ['a', 'b \t c']],
  ['a:', ['a', '']],
  ['a: \t ', ['a', '']],
])('reads %j', (line, field) => {
  expect(parseFieldLine(line)).toEqual(field);
});

it.each([': b', 'a : b', ' a: b', 'a', 'a: b\0', 'a: \u00a0\u2028'])('refuses %j', (line) => {
  expect(parseFieldLine(line)).toBeNull();
});

it('takes no longer for blanks inside of a value than for letters', () => {
  const startMs = performance.now();
  expect(parseFieldLine(`a: b${' '.repeat(60_000)}c`)?.[1]).toHaveLength(60_002);
  // A backtracking pattern took over ten seconds for a head of this size.
  expect(performance.now() - startMs).toBeLessThan(1_000);
});
