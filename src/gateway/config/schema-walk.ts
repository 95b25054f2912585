import { z } from 'zod';
import type { About } from './values.ts';

/** A key of a block, as the reference and `--print-config` see it. */
export interface KeyOfBlock {
  name: string;
  isNeeded: boolean;
  about: Partial<About> & { form?: string };
  schema: z.core.$ZodType;
}

/** The keys of a block; null for what is no block. Short forms are looked through. */
export function keysOf(schema: z.core.$ZodType): KeyOfBlock[] | null {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodUnion) {
    for (const option of inner.options) {
      const keys = keysOf(option);
      if (keys !== null) return keys;
    }
    return null;
  }
  if (!(inner instanceof z.ZodObject)) return null;
  return Object.entries(inner.shape as Record<string, z.core.$ZodType>).map(([name, value]) => ({
    name,
    isNeeded: !(value instanceof z.ZodExactOptional),
    about: aboutOf(value),
    schema: value,
  }));
}

/** What a list or a mapping of names holds; null for anything else. Short forms are looked through. */
export function contentOf(schema: z.core.$ZodType): z.core.$ZodType | null {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodUnion) {
    for (const option of inner.options) {
      const content = contentOf(option);
      if (content !== null) return content;
    }
    return null;
  }
  if (inner instanceof z.ZodArray) return inner.element;
  return inner instanceof z.ZodRecord ? inner.valueType : null;
}

/** What was said of a key, on whichever layer of its schema. */
export function aboutOf(schema: z.core.$ZodType): KeyOfBlock['about'] {
  const own = (schema as z.ZodType).meta();
  if (own !== undefined) return own as KeyOfBlock['about'];
  if (schema instanceof z.ZodExactOptional) return aboutOf(schema.unwrap());
  return schema instanceof z.ZodPipe ? aboutOf(schema.in) : {};
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodExactOptional) return unwrap(schema.unwrap());
  return schema instanceof z.ZodPipe ? unwrap(schema.in) : schema;
}
