import type { Diagnostic } from '../diagnostic.ts';
import { type Code, diagnostic } from '../diagnostic-codes.ts';
import { fieldPathText } from '../reading/field-path.ts';
import { writtenKind } from '../resource/kinds.ts';
import type { FieldPath, Resource } from '../resource/resource.ts';

/** A diagnostic about a field of a resource. */
export function finding(
  code: Code,
  resource: Resource,
  path: FieldPath,
  message: string,
  remedy?: string,
): Diagnostic {
  const position = resource.origin.at(path);
  return diagnostic(code, {
    resource: displayName(resource),
    path: fieldPathText(path),
    position,
    message,
    remedy,
  });
}

function displayName(resource: Resource): string {
  return resourceName(resource).replace(resource.kind, writtenKind(resource.kind));
}

/** `VirtualService default/reviews`; what tells resources apart. */
export function resourceName({ kind, namespace, name }: Resource): string {
  return namespace === '' ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}
