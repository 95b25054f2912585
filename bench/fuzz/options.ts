import { parseFlags, readNames, readWhole } from '../flags.ts';
import { PROFILES, type Profile } from './profile.ts';

/** What the command line asks for. */
export interface FuzzCommand {
  /** Clients' connections, shared out among the profiles. */
  requests: number;
  seed: number;
  concurrency: number;
  profiles: readonly Profile[];
  /** One case alone. */
  case: number | null;
}

export const USAGE = `npm run fuzz -- [options]
  --requests N     how many clients' connections, shared out among the profiles (default 200000)
  --seed N         the same seed gives the same bytes (default: the time)
  --profile A,B    ${PROFILES.join(', ')}: the gateway as it comes, or with everything on (default both, one after the other)
  --concurrency N  clients at a time (default 16; more only makes clients leave unanswered)
  --case N         one case of that seed alone, and of one profile
`;

const FLAGS = {
  requests: { type: 'string', default: '200000' },
  seed: { type: 'string' },
  profile: { type: 'string' },
  concurrency: { type: 'string', default: '16' },
  case: { type: 'string' },
  help: { type: 'boolean' },
} as const;

const MOST = Number.MAX_SAFE_INTEGER;

/** @throws BenchError when a flag is unknown or unusable */
export function readOptions(argv: readonly string[]): FuzzCommand | 'help' {
  const values = parseFlags(argv, FLAGS, USAGE);
  if (values.help) return 'help';
  return {
    requests: readWhole('--requests', values.requests, 1, MOST),
    seed:
      values.seed === undefined ? Math.floor(Date.now() / 1_000) : readWhole('--seed', values.seed, 0, MOST),
    concurrency: readWhole('--concurrency', values.concurrency, 1, 1_000),
    profiles: values.profile === undefined ? PROFILES : readNames('--profile', values.profile, PROFILES),
    case: values.case === undefined ? null : readWhole('--case', values.case, 0, MOST),
  };
}
