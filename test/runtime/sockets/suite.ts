import { BAD_SVID_CASES } from './bad-svid-cases.ts';
import { BODY_CASES } from './body-cases.ts';
import type { Case } from './case.ts';
import { CLIENT_CERTIFICATE_CASES } from './client-certificate-cases.ts';
import { CREDENTIAL_CASES } from './credential-cases.ts';
import { DENIED_SERVER_CASES } from './denied-server-cases.ts';
import { DNS_CASES } from './dns-cases.ts';
import { DRAIN_CASES } from './drain-cases.ts';
import { EDGE_CASES } from './edge-cases.ts';
import { FEDERATION_CASES } from './federation-cases.ts';
import { GATEWAY_CASES } from './gateway-cases.ts';
import { GATEWAY_TCP_CASES } from './gateway-tcp-cases.ts';
import { GRPC_CASES } from './grpc-cases.ts';
import { H2_CASES } from './h2-cases.ts';
import { H2_COST_CASES } from './h2-cost-cases.ts';
import { H2_FAILURE_CASES } from './h2-failure-cases.ts';
import { H2_FLOW_CASES } from './h2-flow-cases.ts';
import { H2_FRAME_CASES } from './h2-frame-cases.ts';
import { H2_SESSION_CASES } from './h2-session-cases.ts';
import { KEY_FETCH_CASES } from './key-fetch-cases.ts';
import { LIMIT_CASES } from './limit-cases.ts';
import { MESH_CASES } from './mesh-cases.ts';
import { NAME_CASES } from './name-cases.ts';
import { PEER_CASES } from './peer-cases.ts';
import { PRECHECK_CASES } from './precheck-cases.ts';
import { READ_MEMORY_CASES } from './read-memory-cases.ts';
import { RECHECK_CASES } from './recheck-cases.ts';
import { REPLAY_CASES } from './replay-cases.ts';
import { SERVER_CASES } from './server-cases.ts';
import { SERVER_TLS_CASES } from './server-tls-cases.ts';
import { SIGNAL_CASES } from './signal-cases.ts';
import { STREAM_CASES } from './stream-cases.ts';
import { TCP_CASES } from './tcp-cases.ts';
import { TRANSPORT_CASES } from './transport-cases.ts';
import { WEBSOCKET_CASES } from './websocket-cases.ts';

/** What listeners and transports on sockets promise, on every runtime. */
export const CASES: readonly Case[] = [
  ...SERVER_CASES,
  ...TRANSPORT_CASES,
  ...BODY_CASES,
  ...MESH_CASES,
  ...H2_CASES,
  ...H2_SESSION_CASES,
  ...H2_COST_CASES,
  ...H2_FAILURE_CASES,
  ...H2_FRAME_CASES,
  ...H2_FLOW_CASES,
  ...GRPC_CASES,
  ...GATEWAY_CASES,
  ...GATEWAY_TCP_CASES,
  ...CREDENTIAL_CASES,
  ...SERVER_TLS_CASES,
  ...WEBSOCKET_CASES,
  ...TCP_CASES,
  ...STREAM_CASES,
  ...SIGNAL_CASES,
  ...DRAIN_CASES,
  ...NAME_CASES,
  ...DNS_CASES,
  ...PEER_CASES,
  ...BAD_SVID_CASES,
  ...PRECHECK_CASES,
  ...FEDERATION_CASES,
  ...EDGE_CASES,
  ...RECHECK_CASES,
  ...DENIED_SERVER_CASES,
  ...READ_MEMORY_CASES,
  ...LIMIT_CASES,
  ...CLIENT_CERTIFICATE_CASES,
  ...REPLAY_CASES,
  ...KEY_FETCH_CASES,
];
