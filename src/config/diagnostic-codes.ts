import type { Diagnostic, Position } from './diagnostic.ts';

/** What a code means. */
export interface DiagnosticCode {
  readonly severity: Diagnostic['severity'];
  readonly title: string;
}

/** Every code. IST codes have Istio's meaning. */
export const DIAGNOSTIC_CODES = {
  WFT0001: { severity: 'error', title: 'The file is too large' },
  WFT0002: { severity: 'error', title: 'The document is nested too deeply' },
  WFT0003: { severity: 'error', title: 'The text is not valid YAML' },
  WFT0004: { severity: 'error', title: 'The key is not allowed' },
  WFT0005: { severity: 'error', title: 'The key is written twice' },
  WFT0006: { severity: 'error', title: 'The YAML tag is not allowed' },
  WFT0007: { severity: 'error', title: 'Merge keys are not allowed' },
  WFT0008: { severity: 'error', title: 'Aliases expand to too much' },
  WFT0009: { severity: 'warning', title: 'Kubernetes reads this value differently' },
  WFT0100: { severity: 'error', title: 'The document is not a resource' },
  WFT0101: { severity: 'error', title: 'Unknown kind' },
  WFT0102: { severity: 'error', title: 'This kind is not run by this version' },
  WFT0103: { severity: 'error', title: 'Unknown field' },
  WFT0104: { severity: 'error', title: 'Invalid value' },
  WFT0105: { severity: 'error', title: 'A required field is missing' },
  WFT0106: { severity: 'error', title: 'Unknown apiVersion' },
  WFT0107: { severity: 'error', title: 'Invalid name' },
  WFT0108: { severity: 'error', title: 'The resource is defined twice' },
  WFT0110: { severity: 'notice', title: 'Kubernetes fields without a meaning here' },
  WFT0111: { severity: 'notice', title: 'A later document replaces an earlier one' },
  WFT0201: { severity: 'notice', title: 'Accepted, not applied' },
  WFT0202: { severity: 'notice', title: 'Nothing runs behind this name' },
  WFT0203: { severity: 'warning', title: 'STRICT mutual TLS behind the gateway' },
  WFT0204: { severity: 'warning', title: 'Accepted, and answered with 503' },
  WFT0205: { severity: 'notice', title: 'Only a self-hosted gateway serves it' },
  WFT0206: { severity: 'warning', title: 'Plaintext reaches only the first port' },
  WFT0207: { severity: 'notice', title: 'Several workload ports, one application port' },
  WFT0208: { severity: 'warning', title: 'ISTIO_MUTUAL behind the gateway' },
  WFT0301: { severity: 'error', title: 'Refused: the protection it asks for cannot be given' },
  WFT0401: { severity: 'warning', title: 'The gateway does not have it yet' },
  WFT0402: { severity: 'error', title: 'The configuration cannot be published' },
  WFT0403: { severity: 'error', title: 'A stored document cannot be read' },
  IST0101: { severity: 'warning', title: 'Referenced resource not found' },
  IST0109: { severity: 'warning', title: 'Conflicting VirtualServices for one mesh host' },
  IST0145: { severity: 'warning', title: 'Gateway servers conflict on a port' },
} as const satisfies Record<string, DiagnosticCode>;

/** A code of the table. */
export type Code = keyof typeof DIAGNOSTIC_CODES;

/** What a diagnostic says besides its code. */
export interface DiagnosticDetails {
  readonly position: Position;
  readonly message: string;
  readonly resource?: string | undefined;
  readonly path?: string | undefined;
  readonly remedy?: string | undefined;
}

/** A diagnostic with the severity of its code. */
export function diagnostic(code: Code, details: DiagnosticDetails): Diagnostic {
  const { resource, path, position, message, remedy } = details;
  return {
    code,
    severity: DIAGNOSTIC_CODES[code].severity,
    ...(resource ? { resource } : {}),
    ...(path ? { path } : {}),
    position,
    message,
    ...(remedy ? { remedy } : {}),
  };
}
