import type { DirectResponseAction, RedirectAction, Rewrite } from '../../snapshot/route.ts';
import type { HttpRule } from './spec-parts.ts';

/** HTTPRedirect; 301 unless redirectCode says otherwise. */
export function redirectAction(spec: NonNullable<HttpRule['redirect']>): RedirectAction {
  const port = spec.derivePort === 'FROM_REQUEST_PORT' ? 'request' : spec.port;
  return {
    kind: 'redirect',
    status: spec.redirectCode || 301,
    ...(spec.scheme && { scheme: spec.scheme }),
    ...(spec.authority && { authority: spec.authority }),
    ...(port && { port }),
    ...(spec.uri && { uri: spec.uri }),
    ...(spec.prefixRewrite && { prefixRewrite: spec.prefixRewrite }),
  };
}

/** HTTPDirectResponse. `body.bytes` is read as UTF-8. */
export function directAction(spec: NonNullable<HttpRule['directResponse']>): DirectResponseAction {
  const { string, bytes } = spec.body ?? {};
  return { kind: 'direct', status: spec.status, body: string ?? (bytes ? decodeBase64(bytes) : '') };
}

/** HTTPRewrite; undefined when there is none. */
export function rewriteOf(spec: HttpRule['rewrite']): Rewrite | undefined {
  if (!spec) return undefined;
  const { authority, uri, uriRegexRewrite: regex } = spec;
  return {
    ...(authority && { authority }),
    ...(uri && { uri }),
    ...(regex && { regex: { match: regex.match, substitution: regex.rewrite } }),
  };
}

function decodeBase64(text: string): string {
  return new TextDecoder().decode(Uint8Array.from(atob(text), (char) => char.charCodeAt(0)));
}
