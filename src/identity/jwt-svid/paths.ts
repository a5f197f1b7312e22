/** Of control: `{audience, ttlSeconds?}` gives `{token, expires}`; the bundle is SPIFFE's JSON. Both want a proof. */
export const JWT_SVID_PATH = '/v1/jwt-svid';
export const BUNDLE_PATH = '/v1/bundle';
