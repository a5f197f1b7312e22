import { cluster } from './cluster-shape.ts';
import { gatewayServer } from './gateway-server-shape.ts';
import { jwtRule } from './jwt-rule-shape.ts';
import { policy } from './policy-shape.ts';
import { rateLimit } from './rate-limit-shape.ts';
import { virtualHost } from './route-shape.ts';
import { integer, list, oneOf, optional, pair, record, type Shape, text } from './shape.ts';
import type {
  FederatedDomain,
  GatewayListener,
  HostOwner,
  InboundListener,
  InboundPassthrough,
  OutboundListener,
  ServicePort,
  Snapshot,
  VirtualAddresses,
} from './snapshot.ts';
import type { Target } from './target.ts';

const port = integer(0, 65535);

const target: Shape<Target> = record<Target>({
  kind: oneOf('gateway', 'sidecar'),
  namespace: text(),
  name: text(),
  serviceAccount: text(),
  labels: list(pair(text(), text()), 1000),
});

const inbound: Shape<InboundListener> = record<InboundListener>({
  port,
  servicePorts: list(record<ServicePort>({ service: text(), port })),
  protocol: oneOf('http', 'tcp'),
  mtls: oneOf('STRICT', 'PERMISSIVE', 'DISABLE'),
  mtlsSource: text(),
  jwtRules: optional(list(jwtRule)),
  policies: list(policy),
  limits: optional(list(rateLimit)),
  cluster: text(),
});

const mtls = oneOf<'STRICT' | 'PERMISSIVE' | 'DISABLE'>('STRICT', 'PERMISSIVE', 'DISABLE');

const inboundPassthrough: Shape<InboundPassthrough> = record<InboundPassthrough>({
  mtls,
  mtlsSource: text(),
  jwtRules: optional(list(jwtRule)),
  policies: list(policy),
  limits: optional(list(rateLimit)),
  ports: list(record<InboundPassthrough['ports'][number]>({ port, mtls, mtlsSource: text() })),
});

const outbound: Shape<OutboundListener> = record<OutboundListener>({ port, virtualHosts: list(virtualHost) });

const gateway: Shape<GatewayListener> = record<GatewayListener>({
  virtualHosts: list(virtualHost),
  jwtRules: optional(list(jwtRule)),
  policies: list(policy),
  limits: optional(list(rateLimit)),
  owners: optional(list(record<HostOwner>({ gateway: text(), hosts: list(text()) }))),
  trustedProxies: optional(integer(0, 100)),
  servers: list(gatewayServer),
});

export const snapshotShape: Shape<Snapshot> = record<Snapshot>({
  format: oneOf(1),
  target,
  trustDomain: text(),
  trustDomainAliases: optional(list(text())),
  federated: optional(list(record<FederatedDomain>({ trustDomain: text(), rootsPem: text() }))),
  pathNormalization: oneOf('NONE', 'BASE', 'MERGE_SLASHES', 'DECODE_AND_MERGE_SLASHES'),
  inbound: list(inbound),
  inboundPassthrough: optional(inboundPassthrough),
  outbound: list(outbound),
  outboundTrafficPolicy: oneOf('ALLOW_ANY', 'REGISTRY_ONLY'),
  virtualAddresses: optional(
    list(record<VirtualAddresses>({ host: text(), addresses: list(text(64), 300, 1) })),
  ),
  gateway: optional(gateway),
  clusters: list(cluster),
});
