/** Interim responses (1xx) to one request; more are no answer but a flood, and nobody waits for the client to take them. */
export const INTERIM_LIMIT = 32;
