import { hostname } from 'node:os';
import { type DestinationStream, type Logger, pino } from 'pino';
import { createLogDestination, type LogDestination, wholeWriteBytes } from './log-destination.ts';

/** The log of `unclog gateway`, on its standard error. */
export function createLogger(level: string): Logger {
  const stderr: DestinationStream = pino.destination({ dest: 2, sync: true });
  return createLoggerInto(
    createLogDestination((lines) => void stderr.write(lines), wholeWriteBytes(2)),
    level,
  );
}

/**
 * A logger whose lines are those of pino. Of what is fields and a message, as each line about a request is, they are
 * made in one go: field by field takes two to ten times as long, and there is a line for each stream.
 */
export function createLoggerInto(destination: LogDestination, level: string): Logger {
  const base = { pid: process.pid, hostname: hostname() };
  const ofAll = JSON.stringify(base).slice(1, -1);
  return pino(
    {
      level,
      base,
      hooks: {
        // Of what `method` does beyond writing the line (children's fields, redaction, mixins), this log has nothing.
        logMethod(args, method, levelValue) {
          const [fields, message]: readonly unknown[] = args;
          if (args.length !== 2 || typeof message !== 'string' || !isPlain(fields)) {
            method.apply(this, args);
            return;
          }
          const said = JSON.stringify(fields).slice(1, -1);
          destination.writeAt(
            levelValue,
            `{"level":${levelValue},"time":${Date.now()},${ofAll},${said}${said === '' ? '' : ','}"msg":${JSON.stringify(message)}}\n`,
          );
        },
      },
    },
    destination,
  );
}

/** Has pino nothing to do but to write it out? */
function isPlain(fields: unknown): fields is object {
  return (
    typeof fields === 'object' &&
    fields !== null &&
    !Array.isArray(fields) &&
    !(fields instanceof Error) &&
    !('err' in fields)
  );
}
