import type { z } from 'zod';
import { ejectionBlock } from './ejection.ts';
import { gatewayBlock } from './gateway.ts';
import { healthCheckBlock } from './health-check.ts';
import { listenerEntry } from './listener.ts';
import { routeEntry } from './route.ts';
import { keysOf } from './schema-walk.ts';
import { targetBlock } from './target.ts';
import { upstreamEntry } from './upstream.ts';

/** A block that has a table of its own in the reference. */
interface Section {
  title: string;
  about: string;
  schema: z.core.$ZodType;
}

/** Blocks in the order of the reference. A new block has to be entered here; a test looks for those that are not. */
const SECTIONS: readonly Section[] = [
  {
    title: 'The file',
    about:
      'Keys at the top. Those that a route may have as well hold for every route that does not have them.',
    schema: gatewayBlock,
  },
  {
    title: '`listeners`',
    about: 'Each entry is an address, or a mapping with these keys.',
    schema: listenerEntry,
  },
  {
    title: '`upstreams`',
    about: 'Each name leads to a URL, or to a mapping with these keys.',
    schema: upstreamEntry,
  },
  {
    title: '`targets`',
    about: 'In an upstream: each entry is a URL, or a mapping with these keys.',
    schema: targetBlock,
  },
  { title: '`healthCheck`', about: 'In an upstream.', schema: healthCheckBlock },
  { title: '`ejection`', about: 'In an upstream.', schema: ejectionBlock },
  {
    title: '`routes`',
    about:
      'Each entry is a mapping with these keys. All of `paths`, `hosts` and `methods` that are given have to match. Where a default is “as above”, the key at the top of the file holds.',
    schema: routeEntry,
  },
];

/** The tables of the reference, as Markdown. */
export function configReference(): string {
  const top = new Set((keysOf(gatewayBlock) ?? []).map(({ name }) => name));
  return SECTIONS.map(({ title, about, schema }) => {
    const rows = (keysOf(schema) ?? []).map(({ name, isNeeded, about: { form, preset, description } }) => {
      const isAbove = schema === routeEntry && top.has(name) && !/^maxStreams/.test(name) && !isNeeded;
      const standard = isNeeded ? 'needed' : isAbove ? 'as above' : shown(preset);
      return `| \`${name}\` | ${form ?? 'mapping'} | ${standard} | ${escaped(description ?? '')} |`;
    });
    return `## ${title}\n\n${about}\n\n| key | value | default | what it sets |\n|---|---|---|---|\n${rows.join('\n')}\n`;
  }).join('\n');
}

function shown(preset: unknown): string {
  if (preset === undefined || (Array.isArray(preset) && preset.length === 0)) return '–';
  return Array.isArray(preset) ? preset.map((one) => `\`${one}\``).join(' and ') : `\`${preset}\``;
}

const escaped = (text: string): string => text.replaceAll('|', '\\|');
