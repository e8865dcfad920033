// Who may ask for tokens here, and by which means. Names of clients that sign end in what they sign with.

import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

// The server takes any printable ASCII in an id or a secret; these hold every character that form encoding changes and
// that a naive `id:secret` or `curl -d` gets wrong.
export const SPECIAL_ID = 'spec ial:id+1%2F/=&?#"\'~*';
export const SPECIAL_SECRET = 'p+ w/%25=&:@"\'\\$`!~*()<>|; x';

// Long enough for every hash that it keys (RFC 7518 §3.2).
export const SHARED_SECRET = 'a-shared-secret-that-is-longer-than-the-64-bytes-of-a-SHA-512-hash';

export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
export const SAML2_BEARER = 'urn:ietf:params:oauth:grant-type:saml2-bearer';
export const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';

const KEY_OF = {
  RS256: 'rsa', RS384: 'rsa', RS512: 'rsa', PS256: 'rsa', PS384: 'rsa', PS512: 'rsa',
  ES256: 'p256', ES384: 'p384', ES512: 'p521', EdDSA: 'ed25519', Ed25519: 'ed25519',
};
export const ASYMMETRIC = Object.keys(KEY_OF);
export const SYMMETRIC = ['HS256', 'HS384', 'HS512'];

// The public halves of the keys in `directory`, each with its file's name as `kid`.
export function publicKeys(directory) {
  const names = [...new Set(Object.values(KEY_OF))];
  const jwk = (kid) => ({ ...createPublicKey(readFileSync(join(directory, `${kid}.pub`))).export({ format: 'jwk' }), kid, use: 'sig' });
  return { keys: names.map(jwk) };
}

// A certificate as a JWK that holds it (RFC 8705 §2.2.2).
function jwkOf(certificate) {
  const x5c = certificate.toString().replace(/-----[A-Z ]+-----|\s/g, '');
  return { ...createPublicKey(certificate).export({ format: 'jwk' }), use: 'sig', x5c: [x5c] };
}

export function clientsOf(directory) {
  const jwks = publicKeys(directory);
  const machine = { redirect_uris: [], response_types: [], grant_types: ['client_credentials'] };
  const user = { ...machine, grant_types: ['password', 'refresh_token'] };
  // Programs that a person logs in to. Any port on loopback will do (RFC 8252 §7.3).
  const native = {
    application_type: 'native',
    redirect_uris: ['http://127.0.0.1/callback', 'http://localhost/callback', 'http://[::1]/callback', 'com.example.cli:/callback'],
    response_types: ['code'],
    grant_types: ['authorization_code', 'refresh_token', DEVICE_CODE],
  };
  const cli = { ...native, token_endpoint_auth_method: 'none' };
  const signs = { token_endpoint_auth_method: 'private_key_jwt', jwks };
  return [
    { ...machine, client_id: 'basic', client_secret: 'basic-secret', scope: 'read write' },
    { ...machine, client_id: 'post', client_secret: 'post-secret', token_endpoint_auth_method: 'client_secret_post' },
    { ...machine, client_id: SPECIAL_ID, client_secret: SPECIAL_SECRET },
    { ...machine, client_id: 'short', client_secret: 'short-secret' },
    { ...user, client_id: 'public', token_endpoint_auth_method: 'none' },
    { ...user, client_id: 'app', client_secret: 'app-secret' },
    { ...user, client_id: 'short-app', client_secret: 'short-app-secret' },
    ...ASYMMETRIC.map((alg) => (
      { ...machine, ...signs, client_id: `signs-${alg}`, token_endpoint_auth_signing_alg: alg }
    )),
    ...SYMMETRIC.map((alg) => ({
      ...machine,
      client_id: `signs-${alg}`,
      client_secret: SHARED_SECRET,
      token_endpoint_auth_method: 'client_secret_jwt',
      token_endpoint_auth_signing_alg: alg,
    })),
    { ...machine, ...signs, client_id: 'signs', authorization_details_types: ['payment_initiation'] },
    { ...machine, ...signs, client_id: 'signs-for-token-endpoint' },
    {
      ...machine,
      client_id: 'tls',
      token_endpoint_auth_method: 'tls_client_auth',
      tls_client_auth_subject_dn: 'CN=machine,O=oauth2tok interop',
      tls_client_certificate_bound_access_tokens: true,
    },
    {
      ...machine,
      client_id: 'self-signed-tls',
      token_endpoint_auth_method: 'self_signed_tls_client_auth',
      jwks: { keys: [jwkOf(readFileSync(join(directory, 'self.pem')))] },
      tls_client_certificate_bound_access_tokens: true,
    },
    // `nonce` in a name: the server demands one in each proof (RFC 9449 §8); `401`: it says so with that status.
    { ...machine, client_id: 'dpop', client_secret: 'dpop-secret', dpop_bound_access_tokens: true },
    { ...machine, ...signs, client_id: 'dpop-nonce', dpop_bound_access_tokens: true },
    { ...machine, ...signs, client_id: 'dpop-nonce-401', dpop_bound_access_tokens: true },
    { ...user, client_id: 'dpop-nonce-user', token_endpoint_auth_method: 'none', dpop_bound_access_tokens: true },
    { ...user, client_id: 'short-dpop-nonce-user', token_endpoint_auth_method: 'none', dpop_bound_access_tokens: true },
    { ...machine, ...signs, client_id: 'exchanger', grant_types: [TOKEN_EXCHANGE] },
    { ...machine, ...signs, client_id: 'dpop-nonce-exchanger', grant_types: [TOKEN_EXCHANGE], dpop_bound_access_tokens: true },
    { ...cli, client_id: 'cli' },
    { ...cli, client_id: 'short-cli' },
    // What it is told of who logged in is signed.
    { ...cli, client_id: 'signed-cli', userinfo_signed_response_alg: 'ES256' },
    // It gets a refresh token as OpenID Connect has it (Core §11): for `offline_access`, to which somebody said yes.
    { ...cli, client_id: 'offline-cli' },
    { ...cli, client_id: 'par-cli', require_pushed_authorization_requests: true },
    { ...cli, client_id: 'dpop-cli', dpop_bound_access_tokens: true },
    { ...native, client_id: 'secret-cli', client_secret: 'secret-cli-secret' },
    // The server minds a longer interval than it tells.
    { ...cli, client_id: 'slow-cli' },
    { ...machine, client_id: 'bearer', grant_types: [JWT_BEARER, SAML2_BEARER], token_endpoint_auth_method: 'none' },
  ];
}
