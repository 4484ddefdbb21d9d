/** The simulator's time and zone. It follows the machine's clock until it is set; then it stands still but for `advance`. */
export class SimClock {
  /** Minutes east of UTC in which stamps are written. */
  offsetMinutes = 0;
  #fixed: number | undefined;
  readonly #machine: () => number;

  constructor(machine: () => number) {
    this.#machine = machine;
  }

  now(): number {
    return this.#fixed ?? this.#machine();
  }

  /** Stops the clock at an instant. */
  set(instant: number): void {
    this.#fixed = instant;
  }

  /** Moves the clock on; a running clock stops first. */
  advance(ms: number): void {
    this.#fixed = this.now() + ms;
  }

  /** Follows the machine again. */
  release(): void {
    this.#fixed = undefined;
  }

  /** XNAT's stamp: `yyyy-MM-dd HH:mm:ss.S` in server local time, without a zone. */
  stamp(instant: number): string {
    const local = new Date(instant + this.offsetMinutes * 60_000).toISOString();
    return `${local.slice(0, 10)} ${local.slice(11, 19)}.${String(instant % 1000).replace(/0+$/, '') || '0'}`;
  }
}
