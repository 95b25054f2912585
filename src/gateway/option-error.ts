/** What is wrong with an option, and which: keys and indexes that lead to it, as a configuration file has them. */
export interface OptionProblem {
  path: readonly (string | number)[];
  /** One sentence without the path: what was found, and what was expected. */
  message: string;
}

/** Options that cannot be used; the message names each and says what was expected. */
export class GatewayOptionError extends Error {
  override readonly name = 'GatewayOptionError';
  /** At least one. */
  readonly problems: readonly OptionProblem[];
  /** A text is one problem, in the form `name: message`. */
  constructor(given: string | readonly OptionProblem[]) {
    const problems = typeof given === 'string' ? [readProblem(given)] : given;
    super(problems.map(({ path, message }) => sentenceOf(writePath(path), message)).join('\n'));
    this.problems = problems;
  }
}

function readProblem(text: string): OptionProblem {
  const at = text.indexOf(': ');
  return at === -1 ? { path: [], message: text } : { path: [text.slice(0, at)], message: text.slice(at + 2) };
}

/** `name: "x" is no …`, but `name is missing`. */
export function sentenceOf(name: string, message: string): string {
  return /^(?:is|has|are) /.test(message) ? `${name} ${message}` : `${name}: ${message}`;
}

/** `routes[1].upstream` */
export function writePath(path: readonly (string | number)[]): string {
  return path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? part : `.${part}`))
    .join('');
}

/** Books a problem with the option that the path leads to. */
export interface Problems {
  add(path: readonly (string | number)[], message: string): void;
}

/** Books what a check throws, as problems with what is below the path. */
export function collect<T>(problems: Problems, path: readonly (string | number)[], check: () => T): T | null {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof GatewayOptionError)) throw error;
    for (const problem of error.problems) problems.add([...path, ...problem.path], problem.message);
    return null;
  }
}

/** Collects problems, so that all of them are told at once. */
export class ProblemList implements Problems {
  readonly #found: OptionProblem[] = [];

  add(path: readonly (string | number)[], message: string): void {
    this.#found.push({ path, message });
  }

  /** For what one option stands for: whatever is wrong with that is told of the option. */
  under(path: readonly (string | number)[]): Problems {
    return { add: (_path, message) => this.add(path, message) };
  }

  /** @throws GatewayOptionError when there are any. */
  throwIfAny(): void {
    if (this.#found.length > 0) throw new GatewayOptionError(this.#found);
  }
}
