import type { SpecOf } from '../resource/kinds.ts';

/** VirtualService http[]. */
export type HttpRule = SpecOf<'VirtualService'>['http'][number];
/** VirtualService http[].match[]. */
export type HttpMatch = HttpRule['match'][number];
/** VirtualService http[].route[]. */
export type RouteDestination = HttpRule['route'][number];
/** Headers of a rule or of a destination. */
export type HeadersSpec = NonNullable<HttpRule['headers']>;
/** VirtualService tls[]. */
export type TlsRule = SpecOf<'VirtualService'>['tls'][number];
/** VirtualService tls[].match[]. */
export type TlsMatchSpec = TlsRule['match'][number];
/** VirtualService tcp[]. */
export type TcpRule = SpecOf<'VirtualService'>['tcp'][number];
/** VirtualService tcp[].match[]. */
export type TcpMatchSpec = TcpRule['match'][number];
/** Gateway servers[]. */
export type GatewayServer = SpecOf<'Gateway'>['servers'][number];
/** DestinationRule trafficPolicy. */
export type TrafficPolicy = NonNullable<SpecOf<'DestinationRule'>['trafficPolicy']>;
/** DestinationRule subsets[]. */
export type Subset = SpecOf<'DestinationRule'>['subsets'][number];
/** AuthorizationPolicy rules[]. */
export type AuthorizationRule = SpecOf<'AuthorizationPolicy'>['rules'][number];
/** AuthorizationPolicy rules[].from[].source. */
export type SourceSpec = NonNullable<AuthorizationRule['from']>[number]['source'];
/** AuthorizationPolicy rules[].to[].operation. */
export type OperationSpec = NonNullable<AuthorizationRule['to']>[number]['operation'];
/** AuthorizationPolicy rules[].when[]. */
export type WhenSpec = NonNullable<AuthorizationRule['when']>[number];
/** RateLimit limits[]. */
export type LimitSpec = SpecOf<'RateLimit'>['limits'][number];
/** RateLimit limits[].match[]. */
export type LimitMatchSpec = NonNullable<LimitSpec['match']>[number];
