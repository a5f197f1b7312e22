/** What was wrong with a certificate, request, token or proof. For the log; a remote party never sees it. */
export type IdentityCode =
  | 'pem_malformed'
  | 'base64_malformed'
  | 'der_malformed'
  | 'certificate_malformed'
  | 'certificate_algorithm'
  | 'certificate_extension'
  | 'certificate_expired'
  | 'certificate_not_yet_valid'
  | 'certificate_usage'
  | 'certificate_authority'
  | 'certificate_names'
  | 'certificate_constraints'
  | 'certificate_signature'
  | 'chain_length'
  | 'chain_root'
  | 'svid_names'
  | 'svid_id'
  | 'svid_trust_domain'
  | 'svid_authority'
  | 'svid_denied'
  | 'csr_malformed'
  | 'csr_subject'
  | 'csr_attributes'
  | 'csr_key'
  | 'csr_signature'
  | 'authority_material'
  | 'authority_expired'
  | 'authority_sealed'
  | 'authority_rotation'
  | 'key_wrap'
  | 'issue_ttl'
  | 'issue_serial'
  | 'issue_trust_domain'
  | 'join_bundle'
  | 'join_answer'
  | 'join_root'
  | 'join_key'
  | 'join_id'
  | 'stored_identity'
  | 'bundle_malformed'
  | 'proof_malformed'
  | 'proof_signature'
  | 'proof_claims'
  | 'proof_window'
  | 'proof_replayed'
  | 'signature_missing'
  | 'signature_malformed'
  | 'signature_components'
  | 'signature_window'
  | 'signature_certificate'
  | 'signature_invalid'
  | 'signature_source'
  | 'signature_destination'
  | 'signature_replayed'
  | 'signature_overload'
  | 'signature_unready'
  | 'signature_body';

/** Thrown by this room: `code` is stable, `message` is for the log. */
export class IdentityError extends Error {
  override readonly name = 'IdentityError';
  readonly code: IdentityCode;

  constructor(code: IdentityCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
