/** Fields of one log event; never tokens, patient names or DICOM free text. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Structured log: `event` is a dotted name such as `harvest.finished`, never a sentence. */
export interface Logger {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** A logger that adds `fields` to every event. */
  child(fields: LogFields): Logger;
}

/** Discards everything: for tests and for library use without a log. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
};
