import { UsageError } from './usage-error.ts';

/** One thing that is wrong with a configuration, said in one line. */
export interface ConfigProblem {
  line: string;
  /** The line begins with `file:line:column`, which editors and CI read. */
  isPlaced: boolean;
}

/** Everything that is wrong with a configuration. */
export class ConfigError extends UsageError {
  readonly problems: readonly ConfigProblem[];
  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(({ line }) => line).join('\n'));
    this.problems = problems;
  }
}
