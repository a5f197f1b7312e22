import { parseAuthorizationString } from '../../match/authorization-string.ts';
import type { StringMatch } from '../../match/value-match.ts';
import type { Authorizer } from '../../snapshot/authorizer.ts';
import type { ExtensionProvider } from '../resource/extension-provider.ts';
import type { Resource } from '../resource/resource.ts';
import { outboundClusterName } from './cluster-name.ts';
import { discovery } from './discovery.ts';
import type { Scope } from './scope.ts';
import { servicePort } from './service-registry.ts';

/** Who judges what a CUSTOM policy matches; undefined, and an error, where nobody can. */
export function authorizerOf(policy: Resource<'AuthorizationPolicy'>, scope: Scope): Authorizer | undefined {
  const name = policy.spec.provider?.name ?? '';
  const found = scope.mesh.extensionProviders.find((provider) => provider.name === name);
  const authorizer = found === undefined ? NO_PROVIDER : compileProvider(found, scope);
  if (typeof authorizer !== 'string') return authorizer;
  const message = `${authorizer}; requests that match are denied.`;
  scope.report.add('WFT0301', policy, ['spec', 'provider', 'name'], message);
  return undefined;
}

const NO_PROVIDER = 'No provider of that name is in extensionProviders of the MeshConfig (ConfigMap istio)';
/** Istio's default. */
const TIMEOUT_MS = 600_000;

type HttpProvider = NonNullable<ExtensionProvider['envoyExtAuthzHttp']>;

/** Undefined fields are Envoy's defaults; a text says why nobody can be asked. */
function compileProvider(provider: ExtensionProvider, scope: Scope): Authorizer | string {
  const http = provider.envoyExtAuthzHttp;
  if (http === undefined)
    return provider.envoyExtAuthzGrpc === undefined
      ? 'The provider does not judge requests'
      : 'Authorizers are asked over HTTP (envoyExtAuthzHttp), not over gRPC';
  const cluster = clusterOf(http, scope);
  if (cluster === undefined) return `No service ${http.service} has a port ${http.port}`;
  const { includeRequestBodyInCheck: body, statusOnError } = http;
  return {
    name: provider.name,
    cluster,
    timeoutMs: http.timeout || TIMEOUT_MS,
    pathPrefix: http.pathPrefix ?? '',
    failOpen: http.failOpen,
    statusOnError: statusOnError === undefined ? 403 : Number(statusOnError),
    requestHeaders: [...names(http.includeRequestHeadersInCheck), ...names(http.includeHeadersInCheck)],
    addedHeaders: Object.entries(http.includeAdditionalHeadersInCheck ?? {})
      .map(([name, value]) => [name.toLowerCase(), value] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
    ...(body && { body: { maxBytes: body.maxRequestBytes ?? 8192, allowPartial: body.allowPartialMessage } }),
    headersToUpstream: names(http.headersToUpstreamOnAllow),
    headersOnDeny: names(http.headersToDownstreamOnDeny),
    headersOnAllow: names(http.headersToDownstreamOnAllow),
  };
}

/** `[namespace/]host`. A service that leads to where the request says would let the client choose its judge. */
function clusterOf(
  { service: written, port: number }: HttpProvider,
  { registry, resources }: Scope,
): string | undefined {
  const slash = written.indexOf('/');
  const host = written.slice(slash + 1);
  const namespace = slash < 0 ? undefined : written.slice(0, slash);
  const service = registry.named(host).find((one) => namespace === undefined || one.namespace === namespace);
  const port = service && servicePort(service, number);
  if (!port || discovery(service, port, resources).kind === 'original') return undefined;
  return outboundClusterName(number, '', service.host);
}

function names(patterns: readonly string[]): StringMatch[] {
  return patterns.map((pattern) => parseAuthorizationString(pattern.toLowerCase()));
}
