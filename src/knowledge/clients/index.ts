import type { ClientGuide } from '../guide.ts';
import { BROWSER_CLIENTS } from './browsers.ts';
import { COMMAND_LINE_CLIENTS } from './command-line.ts';
import { COMPILED_CLIENTS } from './compiled.ts';
import { JAVASCRIPT_CLIENTS } from './javascript.ts';

/** Every client with a page in docs/clients. */
export const CLIENTS: readonly ClientGuide[] = [
  ...BROWSER_CLIENTS,
  ...JAVASCRIPT_CLIENTS,
  ...COMMAND_LINE_CLIENTS,
  ...COMPILED_CLIENTS,
];
