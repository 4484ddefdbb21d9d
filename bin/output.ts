import { pino } from 'pino';
import type { LogFields, Logger } from '../src/kernel/logger.ts';

/** Writes events to standard output: JSON lines for programs, sentences for a terminal. */
export interface Output {
  /** One event; `sentence` is what a person is told instead, if anything. */
  event(event: string, fields?: LogFields, sentence?: string): void;
}

/**
 * Output of one command.
 * @param json - JSON lines on a terminal, too
 */
export function createOutput(json = false): Output {
  const forPeople = process.stdout.isTTY && !json;
  return {
    event: (event, fields = {}, sentence) => {
      if (!forPeople) process.stdout.write(`${JSON.stringify({ event, ...fields })}\n`);
      else if (sentence !== undefined) process.stdout.write(`${sentence}\n`);
    },
  };
}

/** The log, as JSON lines on standard error, so that standard output stays with the events a caller waits for. */
export function createLogger(level: string): Logger {
  const log = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, messageKey: 'event' },
    pino.destination(2),
  );
  return wrap(log);
}

function wrap(log: pino.Logger): Logger {
  return {
    debug: (event, fields = {}) => log.debug(fields, event),
    info: (event, fields = {}) => log.info(fields, event),
    warn: (event, fields = {}) => log.warn(fields, event),
    error: (event, fields = {}) => log.error(fields, event),
    child: (fields) => wrap(log.child(fields)),
  };
}
