import { Document, isMap, isScalar, type Pair, type YAMLMap } from 'yaml';
import type { z } from 'zod';
import { gatewayBlock } from './gateway.ts';
import { routeBounds } from './route-bounds.ts';
import { contentOf, keysOf } from './schema-walk.ts';

type Raw = Readonly<Record<string, unknown>>;
type Path = readonly (string | number)[];

/** What takes the place of a secret. */
const HIDDEN = '***';

/**
 * The configuration that is in force, as a file that says the same: what was given, as it was given, and the default of
 * everything else. `sourceOf` says where a value came from; null: from nowhere, it is the default.
 */
export function printConfig(raw: Raw, sourceOf: (path: Path) => string | null): string {
  const document = new Document(fill(gatewayBlock, raw, []));
  comment(document.contents as unknown as YAMLMap, [], sourceOf);
  return document.toString({ lineWidth: 0 });
}

/** With the defaults of all keys that are not given. A route's other keys are those at the top, so they stay away. */
function fill(schema: z.core.$ZodType, value: unknown, path: Path): unknown {
  const content = contentOf(schema);
  if (content !== null && Array.isArray(value))
    return value.map((item, i) => fill(content, item, [...path, i]));
  const keys = keysOf(schema);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const given = value as Raw;
  if (keys === null) {
    if (content === null) return value;
    return Object.fromEntries(
      Object.entries(given).map(([name, inner]) => [name, fill(content, inner, [...path, name])]),
    );
  }
  const filled: [string, unknown][] = [];
  for (const { name, about, schema: inner } of keys) {
    const isInherited = path[0] === 'routes' && name in routeBounds;
    if (about.secret && name in given) filled.push([name, hide(given[name])]);
    else if (name in given) filled.push([name, fill(inner, given[name], [...path, name])]);
    else if (about.preset !== undefined && !isInherited && !isReplaced(name, given))
      filled.push([name, about.preset]);
  }
  return Object.fromEntries(filled);
}

/** A default that something else takes the place of. */
function isReplaced(name: string, given: Raw): boolean {
  return (name === 'listen' && 'listeners' in given) || (name === 'streamPaths' && !('upstream' in given));
}

function hide(value: unknown): unknown {
  if (value === 'off' || value === false) return 'off';
  if (typeof value !== 'object' || value === null) return HIDDEN;
  return Object.fromEntries(Object.keys(value).map((name) => [name, HIDDEN]));
}

/** Says behind each value where it came from; behind the key of a list or a mapping, above it. */
function comment(map: YAMLMap, path: Path, sourceOf: (path: Path) => string | null): void {
  for (const pair of map.items as Pair[]) {
    const inner = [...path, String(isScalar(pair.key) ? pair.key.value : pair.key)];
    const said = ` ${sourceOf(inner) ?? 'default'}`;
    if (isScalar(pair.value)) pair.value.comment = said;
    else if (path.length === 0 && isScalar(pair.key)) pair.key.commentBefore = said;
    if (isMap(pair.value)) comment(pair.value as YAMLMap, inner, sourceOf);
  }
}
