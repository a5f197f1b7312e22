import type {
  CredentialReference,
  GatewayServer,
  HttpServer,
  HttpsServer,
  TcpDestination,
  TcpMatch,
  TcpRoute,
  TcpServer,
  TerminatedTls,
  TlsServer,
} from './gateway-server.ts';
import { limit } from './limit.ts';
import { virtualHost } from './route-shape.ts';
import { type Fields, integer, list, oneOf, optional, record, type Shape, text, variant } from './shape.ts';

const port = integer(1, 65535);
const names = list(text());
const virtualHosts = list(virtualHost);

const destination: Shape<TcpDestination> = record<TcpDestination>({
  cluster: text(),
  weight: integer(0, 0xffff_ffff),
});

const match: Shape<TcpMatch> = record<TcpMatch>({
  sniHosts: names,
  destinationSubnets: names,
  sourceSubnets: names,
});

const tcpRoutes: Shape<readonly TcpRoute[]> = list(
  record<TcpRoute>({
    source: text(),
    matches: list(match),
    destinations: list(destination, limit.list, 1),
  }),
);

const credential: Shape<CredentialReference> = record<CredentialReference>({
  certificate: text(),
  authority: text(),
  version: text(),
  authorityVersion: text(),
});

const settings: Omit<Fields<TerminatedTls>, 'mode'> = {
  certificateFile: text(),
  privateKeyFile: text(),
  caFile: text(),
  credential: optional(credential),
  subjectAltNames: names,
  minVersion: oneOf('TLSv1.2', 'TLSv1.3'),
  maxVersion: oneOf('TLSv1.2', 'TLSv1.3'),
};

type Moded<M extends TerminatedTls['mode']> = TerminatedTls & { readonly mode: M };
/** One shape for each mode, so that none passes under the rules of another. */
type ByMode = Moded<'SIMPLE'> | Moded<'MUTUAL'> | Moded<'OPTIONAL_MUTUAL'>;

const modes = {
  SIMPLE: record<Moded<'SIMPLE'>>({ mode: oneOf('SIMPLE'), ...settings }),
  MUTUAL: record<Moded<'MUTUAL'>>({ mode: oneOf('MUTUAL'), ...settings }),
  OPTIONAL_MUTUAL: record<Moded<'OPTIONAL_MUTUAL'>>({ mode: oneOf('OPTIONAL_MUTUAL'), ...settings }),
};

const terminatedTls: Shape<TerminatedTls> = variant<ByMode, 'mode'>('mode', modes);

const anyTls: Shape<TlsServer['tls']> = variant<ByMode | { readonly mode: 'PASSTHROUGH' }, 'mode'>('mode', {
  ...modes,
  PASSTHROUGH: record<{ readonly mode: 'PASSTHROUGH' }>({ mode: oneOf('PASSTHROUGH') }),
});

export const gatewayServer: Shape<GatewayServer> = variant<GatewayServer, 'protocol'>('protocol', {
  HTTP: record<HttpServer>({ protocol: oneOf('HTTP'), port, virtualHosts }),
  HTTPS: record<HttpsServer>({
    protocol: oneOf('HTTPS'),
    port,
    source: text(),
    hosts: names,
    tls: terminatedTls,
    virtualHosts,
  }),
  TLS: record<TlsServer>({
    protocol: oneOf('TLS'),
    port,
    source: text(),
    hosts: names,
    tls: anyTls,
    tcpRoutes,
  }),
  TCP: record<TcpServer>({ protocol: oneOf('TCP'), port, source: text(), tcpRoutes }),
});
