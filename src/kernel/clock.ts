/** Source of the current instant, passed in so that tests can hold it still. */
export type Clock = () => Date;

/** The machine's clock. */
export const systemClock: Clock = () => new Date();
