import { BODY_CASES } from './body-cases.ts';
import type { Case } from './case.ts';
import { MESH_CASES } from './mesh-cases.ts';
import { SERVER_CASES } from './server-cases.ts';
import { TRANSPORT_CASES } from './transport-cases.ts';

/** What listeners and transports on sockets promise, on every runtime. */
export const CASES: readonly Case[] = [...SERVER_CASES, ...TRANSPORT_CASES, ...BODY_CASES, ...MESH_CASES];
