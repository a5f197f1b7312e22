/** Bytes of an origin's answer, and of its answer to a path that asks for a large one. */
export const SMALL_BODY = 128;
export const LARGE_BODY = 10_240;

/** What a path begins with that asks for a large body. */
export const LARGE_PATH = '/api/large/';
