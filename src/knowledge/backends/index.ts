import type { BackendGuide } from '../guide.ts';
import { COMPILED_BACKENDS } from './compiled.ts';
import { JAVASCRIPT_BACKENDS } from './javascript.ts';
import { SCRIPT_BACKENDS } from './python-ruby-php.ts';

/** Every backend with a page in docs/backends. */
export const BACKENDS: readonly BackendGuide[] = [
  ...SCRIPT_BACKENDS,
  ...JAVASCRIPT_BACKENDS,
  ...COMPILED_BACKENDS,
];
