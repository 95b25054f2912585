import pc from 'picocolors';
import { printable } from './printable.ts';

export interface TextOptions {
  /** ANSI colours; a word says the same beside each. */
  color: boolean;
  /** Characters beyond ASCII; off, the text pastes into everything. */
  unicode: boolean;
  /** Width of the terminal. Default 80. Lines stay below it and never get wider than 79. */
  columns?: number;
  /** Beyond one screen: findings in full, all of them, and everything that was measured of each hop. Default false. */
  verbose?: boolean;
}

/** What the parts of the text share. */
export interface TextStyle {
  /** Longest line. */
  width: number;
  unicode: boolean;
  /** Nothing is left out for want of room. */
  verbose: boolean;
  colors: ReturnType<typeof pc.createColors>;
  /** One safe line out of a text that may come from a stranger. */
  safe(text: string): string;
}

const NARROWEST = 60;
const WIDEST = 79;

/** The style that the options ask for. */
export function styleFor({ color, unicode, columns = WIDEST + 1, verbose = false }: TextOptions): TextStyle {
  return {
    width: Math.max(NARROWEST, Math.min(WIDEST, columns - 1)),
    unicode,
    verbose,
    colors: pc.createColors(color),
    safe: (text) => printable(text, unicode),
  };
}
