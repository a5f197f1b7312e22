/** Bytes of every response of the origin. */
export const BODY_LENGTH = 128;
