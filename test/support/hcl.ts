/** A block of HCL, as Terraform files are made of. Values are kept as they are written. */
export interface HclBlock {
  type: string;
  labels: string[];
  attributes: Record<string, string>;
  blocks: HclBlock[];
}

const SPACE = /(?:\s+|#[^\n]*)*/y;
const NAME = /[A-Za-z_][\w-]*/y;
const LABEL = /[ \t]*"([^"\\]*)"/y;
const STRING = /"(?:[^"\\\n]|\\.)*"/y;
const ATOM = /[\w.-]+/y;

/** A strict reader for the little HCL that Terraform files here use: throws where it is not well-formed. */
export function parseHcl(text: string): HclBlock[] {
  let at = 0;
  const fail = (wanted: string): never => {
    throw new Error(`expected ${wanted} at ${JSON.stringify(text.slice(at, at + 40))}`);
  };
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) at = pattern.lastIndex;
    return match;
  };
  const skip = (): void => void take(SPACE);
  const next = (character: string): boolean => {
    skip();
    if (text[at] !== character) return false;
    at++;
    return true;
  };

  /** Steps over a value and gives its text. */
  function value(): string {
    skip();
    const from = at;
    if (next('[')) listUntil(']');
    else if (next('{')) members();
    else if (take(STRING) === null && take(ATOM) === null) fail('a value');
    // A call, as in list(string).
    if (text[at] === '(') {
      at++;
      listUntil(')');
    }
    return text.slice(from, at);
  }

  function listUntil(close: string): void {
    while (!next(close)) {
      value();
      if (!next(',') && text[at] !== close) fail(`"," or "${close}"`);
    }
  }

  /** What stands between two braces. */
  function members(): Pick<HclBlock, 'attributes' | 'blocks'> {
    const found = body();
    if (!next('}')) fail('"}"');
    return found;
  }

  function body(): Pick<HclBlock, 'attributes' | 'blocks'> {
    const attributes: Record<string, string> = {};
    const blocks: HclBlock[] = [];
    for (;;) {
      skip();
      const name = take(NAME)?.[0];
      if (name === undefined) return { attributes, blocks };
      const labels: string[] = [];
      for (let label = take(LABEL); label !== null; label = take(LABEL)) labels.push(label[1] ?? '');
      if (next('{')) blocks.push({ type: name, labels, ...members() });
      else if (next('=')) {
        if (name in attributes) throw new Error(`${name} is given twice`);
        attributes[name] = value();
      } else fail(`"=" or "{" after ${name}`);
    }
  }

  const { attributes, blocks } = body();
  skip();
  if (at !== text.length || Object.keys(attributes).length > 0) fail('a block');
  return blocks;
}
