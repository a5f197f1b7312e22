import type { Diagnostic, Position } from './diagnostic.ts';

/** What a code means. */
export interface DiagnosticCode {
  readonly severity: Diagnostic['severity'];
  /** What analysis makes of it: an error to Istio's analyzers, which does not keep Istio from applying it. */
  readonly analyzed?: Diagnostic['severity'];
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
  WFT0112: { severity: 'warning', title: 'Valid, and probably not what was meant' },
  WFT0113: { severity: 'warning', title: 'Kubernetes has no such namespace' },
  WFT0114: { severity: 'error', title: 'The Secret was redacted' },
  WFT0201: { severity: 'notice', title: 'Accepted, not applied' },
  WFT0202: { severity: 'notice', title: 'Nothing runs behind this name' },
  WFT0203: { severity: 'notice', title: 'STRICT mutual TLS behind the gateway' },
  WFT0204: { severity: 'warning', title: 'Accepted, and answered with 503' },
  WFT0205: { severity: 'notice', title: 'Only a self-hosted gateway serves it' },
  WFT0206: { severity: 'warning', title: 'Plaintext reaches only the first port' },
  WFT0207: { severity: 'notice', title: 'Several workload ports, one application port' },
  WFT0208: { severity: 'notice', title: 'ISTIO_MUTUAL behind the gateway' },
  WFT0209: { severity: 'warning', title: 'Nothing can be sent to a backend' },
  WFT0210: { severity: 'warning', title: 'A delegated rule is left out' },
  WFT0211: { severity: 'warning', title: 'The Gateway API says no' },
  WFT0301: { severity: 'error', title: 'Refused: the protection it asks for cannot be given' },
  WFT0401: { severity: 'warning', title: 'The gateway does not have it yet' },
  WFT0402: { severity: 'error', title: 'The configuration cannot be published' },
  WFT0403: { severity: 'error', title: 'A stored document cannot be read' },
  WFT0501: { severity: 'notice', title: 'A prefix matches more than its path segment' },
  WFT0502: { severity: 'warning', title: 'The destination never gets a request' },
  WFT0503: { severity: 'warning', title: 'Nobody can meet what the policy allows' },
  WFT0504: { severity: 'warning', title: 'A DENY that another spelling gets around' },
  WFT0505: { severity: 'notice', title: 'Retries multiply along the way' },
  WFT0506: { severity: 'warning', title: 'The timeout ends before the retries do' },
  WFT0507: { severity: 'warning', title: 'The host belongs to another namespace' },
  WFT0508: { severity: 'warning', title: 'The target platform cannot do it' },
  WFT0509: { severity: 'notice', title: 'Nobody routes to the subset' },
  WFT0510: { severity: 'notice', title: 'Routes that are tried one by one' },
  WFT0601: { severity: 'warning', title: 'There is no counterpart in the other form' },
  IST0101: { severity: 'warning', analyzed: 'error', title: 'Referenced resource not found' },
  IST0102: { severity: 'notice', title: 'The namespace is not enabled for injection' },
  IST0103: { severity: 'warning', title: 'The pod is missing its proxy' },
  IST0107: { severity: 'warning', title: 'Misplaced annotation' },
  IST0108: { severity: 'warning', title: 'Unknown annotation' },
  IST0109: { severity: 'warning', analyzed: 'error', title: 'Conflicting VirtualServices for one mesh host' },
  IST0110: { severity: 'warning', analyzed: 'error', title: 'Several Sidecars select one workload' },
  IST0111: { severity: 'warning', analyzed: 'error', title: 'Several Sidecars without a selector' },
  IST0112: { severity: 'warning', analyzed: 'error', title: 'The destination needs a port' },
  IST0116: { severity: 'warning', title: 'Services disagree on the protocol of a port' },
  IST0118: { severity: 'notice', title: 'The port name says no protocol' },
  IST0123: { severity: 'warning', title: 'Several injection labels' },
  IST0125: { severity: 'warning', title: 'Invalid annotation' },
  IST0127: { severity: 'warning', title: 'No matching workloads' },
  IST0128: { severity: 'warning', title: 'The server is not verified' },
  IST0129: { severity: 'warning', title: 'The server is not verified on a port' },
  IST0130: { severity: 'warning', title: 'The rule is never used' },
  IST0131: { severity: 'notice', title: 'The match is never used' },
  IST0132: { severity: 'warning', title: 'The host is not one of the gateway' },
  IST0134: { severity: 'warning', title: 'Addresses are required for the protocol' },
  IST0135: { severity: 'notice', title: 'Deprecated annotation' },
  IST0136: { severity: 'notice', title: 'Alpha annotation' },
  IST0137: { severity: 'warning', title: 'Services disagree on a target port' },
  IST0138: { severity: 'warning', title: 'One certificate in several gateways' },
  IST0140: { severity: 'warning', title: 'A subset that the gateway does not follow' },
  IST0144: { severity: 'warning', title: 'User 1337 is the sidecar’s' },
  IST0145: { severity: 'warning', analyzed: 'error', title: 'Gateway servers conflict on a port' },
  IST0149: { severity: 'warning', analyzed: 'error', title: 'Claims are routed on and nobody verifies them' },
  IST0150: { severity: 'warning', title: 'Invalid port name of an ExternalName service' },
  IST0151: { severity: 'warning', title: 'A relative patch without a priority' },
  IST0152: { severity: 'warning', analyzed: 'error', title: 'REPLACE where it has no meaning' },
  IST0153: { severity: 'warning', analyzed: 'error', title: 'ADD where it is ignored' },
  IST0154: { severity: 'warning', analyzed: 'error', title: 'REMOVE where it is ignored' },
  IST0155: { severity: 'warning', title: 'A relative patch for one proxy version' },
  IST0157: { severity: 'warning', title: 'Empty telemetry providers' },
  IST0159: { severity: 'warning', analyzed: 'error', title: 'Several Telemetries select one workload' },
  IST0160: { severity: 'warning', analyzed: 'error', title: 'Several Telemetries without a selector' },
  IST0161: { severity: 'warning', analyzed: 'error', title: 'The credential is not a certificate' },
  IST0162: { severity: 'warning', title: 'The gateway port is not one of its Service' },
  IST0165: { severity: 'warning', title: 'A generated gateway is named' },
  IST0173: { severity: 'notice', title: 'The subset selects nothing' },
  IST0174: { severity: 'warning', title: 'A DestinationRule for an unknown host' },
  IST0175: { severity: 'warning', title: 'JWKS may be fetched from anywhere' },
  IST0177: { severity: 'warning', title: 'ServiceEntries disagree on a protocol' },
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
