/** Whether `npm run full` asks for the long form of a test. */
export const isFull = process.env.WEFT_FULL === '1';

/** The size of a test: the short one of `npm test`, or the long one. */
export function sized<T>(short: T, long: T): T {
  return isFull ? long : short;
}
