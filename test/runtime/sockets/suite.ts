import type { Case } from './case.ts';
import { SERVER_CASES } from './server-cases.ts';

/** What listeners and transports on sockets promise, on every runtime. */
export const CASES: readonly Case[] = [...SERVER_CASES];
