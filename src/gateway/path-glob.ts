/** Decides whether a path is matched. Paths come without query, as sent: nothing is decoded. */
export type PathMatcher = (path: string) => boolean;

/**
 * Matches any of the globs: `**` is any text, `*` any text without a slash, `?` one character but a slash. A glob
 * that ends in `/**` does not match the folder itself, so `/stream` and `/stream/**` are two globs.
 */
export function createPathMatcher(globs: readonly string[]): PathMatcher {
  if (globs.length === 0) return () => false;
  const pattern = new RegExp(`^(?:${globs.map(toPattern).join('|')})$`, 's');
  return (path) => pattern.test(path);
}

function toPattern(glob: string): string {
  return glob.replaceAll(/\*\*|\*|\?|[.+^${}()|[\]\\]/g, (part) => {
    if (part === '**') return '.*';
    if (part === '*') return '[^/]*';
    if (part === '?') return '[^/]';
    return `\\${part}`;
  });
}
