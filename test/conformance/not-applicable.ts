/**
 * The rules by which a third-party case does not apply to Weft, with their reasons.
 * A rule names a feature, a field or a protocol; never a case.
 */
export const notApplicableRules: ReadonlyMap<string, string> = new Map([
  [
    'protection-not-given',
    'The resource is valid and judged so; Weft then refuses it by name (WFT0301), because a protection that it ' +
      'asks for, such as a Secret, an external authorizer or TLS to a server outside, is not given yet.',
  ],
  [
    'null-item',
    'An item of a list is null, which Istio’s code has no objection to and its schema refuses (an object is due); a ' +
      'cluster asks both, and so does Weft.',
  ],
  [
    'changed-meanwhile',
    'The check expects another status of a condition than an earlier check of the same test does, while nothing in ' +
      'the data changes: the original edits resources in its own code between the two.',
  ],
  [
    'directory-of-bots',
    'It tells how bots publish who they are (cards, registries), in documents that Weft does not read; nothing is signed.',
  ],
  [
    'revocation-list',
    'Certificates of a mesh live for hours and are revoked by a deny-list in its snapshot; the validator takes no CRLs.',
  ],
  [
    'authority-as-leaf',
    'A leaf that may sign certificates is no SVID (X509-SVID §4.1, §4.3); limbo has the same chain as refused too.',
  ],
  [
    'leaf-without-purpose',
    'A leaf must name its purpose (CA/B BR 7.1.2.7.6); limbo has the same chain as refused too.',
  ],
  [
    'wildcard-name',
    'Identities are exact: a wildcard in a certificate is a well-formed name, and matches no name but itself.',
  ],
  [
    'common-name',
    'A common name beside hosts must be one of them (CA/B BR 7.1.4.3), which limbo asks for in other cases.',
  ],
  [
    'uncritical-name-constraints',
    'Name constraints must be critical (RFC 5280 §4.2.1.10); limbo has the same chain as refused too.',
  ],
  [
    'cross-signed-root',
    'A trusted certificate that another issued must say by its key identifier who did (RFC 5280 §4.2.1.1), which ' +
      'limbo asks for in another case.',
  ],
  ['more-than-four-certificates', 'A chain has at most four certificates, its root included.'],
  [
    'udp',
    'The request goes over UDP, which no proxy of this mesh forwards: a UDPRoute is accepted, and its status says so.',
  ],
  [
    'kubernetes-ingress',
    'The case routes by a Kubernetes Ingress, which is neither an Istio nor a Gateway API resource.',
  ],
]);
