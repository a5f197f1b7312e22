import * as z from 'zod';
import { duration } from './duration.ts';
import { extensionProvider } from './extension-provider.ts';
import { exportTo } from './field.ts';
import { retries } from './http-retry.ts';
import { localityLbSetting } from './load-balancer.ts';

const texts = z.array(z.string()).default([]);
const anything = z.unknown().optional();

const tlsConfig = z.strictObject({
  minProtocolVersion: z.enum(['TLS_AUTO', 'TLSV1_2', 'TLSV1_3']).default('TLS_AUTO'),
  ecdhCurves: texts,
  cipherSuites: texts,
});

const trustDomain = z
  .string()
  .max(255)
  .regex(
    /^[a-z0-9](?:[-_a-z0-9.]*[a-z0-9])?$/,
    'must be a trust domain: lower-case letters, digits, ".", "-", "_"',
  );

/** Roots of another trust domain. Of other kinds Weft has its own: certificates come from its authority. */
const caCertificate = z.strictObject({
  pem: z
    .string()
    .max(32 * 1024)
    .regex(/^\s*-----BEGIN CERTIFICATE-----\n/, 'must be certificates in PEM: bundles are not fetched'),
  spiffeBundleUrl: z.never('is not fetched: give the roots as pem').optional(),
  certSigners: z.never('there are none').optional(),
  trustDomains: z.array(trustDomain).min(1, 'must name the trust domains that the roots stand for').max(16),
});

/** What `normalization` may say; DEFAULT is BASE. */
export const pathNormalizations = [
  'DEFAULT',
  'NONE',
  'BASE',
  'MERGE_SLASHES',
  'DECODE_AND_MERGE_SLASHES',
] as const;

/** MeshConfig: what reaches Weft is judged, the rest is known by name. It is `data.mesh` of ConfigMap `istio`. */
export const meshConfig = z.strictObject({
  trustDomain: trustDomain.default('cluster.local'),
  trustDomainAliases: z.array(trustDomain).max(16).default([]),
  rootNamespace: z.string().min(1).default('istio-system'),
  outboundTrafficPolicy: z
    .strictObject({ mode: z.enum(['REGISTRY_ONLY', 'ALLOW_ANY']).default('ALLOW_ANY') })
    .optional(),
  inboundTrafficPolicy: z
    .strictObject({ mode: z.enum(['PASSTHROUGH', 'LOCALHOST']).default('PASSTHROUGH') })
    .optional(),
  pathNormalization: z
    .strictObject({ normalization: z.enum(pathNormalizations).default('DEFAULT') })
    .optional(),
  accessLogFile: z.string().optional(),
  accessLogFormat: z.string().optional(),
  accessLogEncoding: z.enum(['TEXT', 'JSON']).default('TEXT'),
  enableTracing: z.boolean().optional(),
  enableAutoMtls: z.boolean().default(true),
  connectTimeout: duration.optional(),
  protocolDetectionTimeout: z.string().optional(),
  defaultHttpRetryPolicy: retries.optional(),
  defaultServiceExportTo: exportTo,
  defaultVirtualServiceExportTo: exportTo,
  defaultDestinationRuleExportTo: exportTo,
  localityLbSetting: localityLbSetting.optional(),
  extensionProviders: z.array(extensionProvider).max(1000).default([]),
  defaultProviders: z
    .strictObject({ tracing: texts, metrics: texts, accessLogging: texts })
    .partial()
    .optional(),
  meshMTLS: tlsConfig.optional(),
  tlsDefaults: tlsConfig.optional(),
  defaultConfig: z
    .looseObject({
      gatewayTopology: z.looseObject({ numTrustedProxies: z.int().min(0).max(100).optional() }).optional(),
    })
    .optional(),
  ca: anything,
  caCertificates: z.array(caCertificate).max(32).default([]),
  certificates: anything,
  configSources: anything,
  discoverySelectors: anything,
  disableEnvoyListenerLog: anything,
  dnsRefreshRate: anything,
  enableEnvoyAccessLogService: anything,
  enablePrometheusMerge: anything,
  h2UpgradePolicy: anything,
  hboneIdleTimeout: anything,
  ingressClass: anything,
  ingressControllerMode: anything,
  ingressSelector: anything,
  ingressService: anything,
  proxyHttpPort: anything,
  proxyInboundListenPort: anything,
  proxyListenPort: anything,
  serviceScopeConfigs: anything,
  serviceSettings: anything,
  tcpKeepalive: anything,
  verifyCertificateAtClient: anything,
});
