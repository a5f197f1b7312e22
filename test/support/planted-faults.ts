/** Breaks the TLS of the process that imports it first, as WEFT_TEST_FAULT says: what a precheck must find. */
import { syncBuiltinESMExports } from 'node:module';
import tls from 'node:tls';

const { createServer, connect } = tls;
const fault = process.env.WEFT_TEST_FAULT;

/** Options that a runtime might take and not heed. */
const ignored: Readonly<Record<string, object>> = {
  requestCert: { requestCert: false, rejectUnauthorized: false },
  rejectUnauthorized: { rejectUnauthorized: false },
};
const options = fault === undefined ? undefined : ignored[fault];
if (options !== undefined)
  tls.createServer = ((given: object, ...rest: []) =>
    createServer({ ...given, ...options }, ...rest)) as typeof createServer;
if (fault === 'setSecureContext')
  tls.createServer = ((given: object, ...rest: []) =>
    Object.assign(createServer(given, ...rest), {
      setSecureContext: () => undefined,
    })) as typeof createServer;
if (fault === 'checkServerIdentity')
  tls.connect = ((given: object, ...rest: []) =>
    connect({ ...given, checkServerIdentity: () => undefined }, ...rest)) as typeof connect;
if (fault === 'ca')
  tls.connect = ((given: object, ...rest: []) =>
    connect({ ...given, rejectUnauthorized: false }, ...rest)) as typeof connect;
syncBuiltinESMExports();
