/**
 * Reads XNAT's `yyyy-MM-dd HH:mm:ss.S`: server local time without a zone.
 * @param offsetMinutes - the server's distance from UTC, east positive (as an administrator states it)
 * @returns UTC ISO 8601, or undefined when the text is not such a time
 */
export function toUtcInstant(text: string, offsetMinutes: number): string | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?$/.exec(text.trim());
  const [, date, time, fraction = '0'] = match ?? [];
  if (date === undefined || time === undefined) return undefined;
  const instant = Date.parse(`${date}T${time}.${fraction.padEnd(3, '0').slice(0, 3)}Z`);
  return Number.isNaN(instant) ? undefined : new Date(instant - offsetMinutes * 60_000).toISOString();
}

/**
 * The zone-less form of an instant, for comparing with a watermark the server itself sent. Compare such texts only with
 * each other.
 */
export function toServerText(instant: Date, offsetMinutes: number): string {
  return new Date(instant.getTime() + offsetMinutes * 60_000).toISOString().replace('T', ' ').replace(/Z$/, '');
}
