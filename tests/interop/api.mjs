// A resource behind the tokens, as RFC 6750, 8705 and 9449 want it: GET and POST /api/me answer with the token's owner and
// the body sent. /api/old has moved there.

import { X509Certificate, createHash, randomBytes } from 'node:crypto';

import { EmbeddedJWK, calculateJwkThumbprint, jwtVerify } from 'jose';

const PROOF_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA', 'Ed25519'];
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'];
const PROOF_LIFETIME = 60; // seconds

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('base64url');

// The certificate that the client of this connection showed and has the key of.
export function certificateOf(ctx) {
  const { raw } = ctx.req.socket.getPeerCertificate?.() ?? {};
  return raw && new X509Certificate(raw);
}

class Refused extends Error {
  constructor(code, why, nonce) {
    super(why);
    Object.assign(this, { code, nonce });
  }
}

const used = new Set(); // the `jti` of every proof

// Each nonce is good for one call, and each answer brings the next.
const nonces = new Set();
function nextNonce() {
  const nonce = randomBytes(16).toString('base64url');
  nonces.add(nonce);
  return nonce;
}

// The thumbprint of the key that signed the proof of this call (RFC 9449 §4.3).
async function proven(ctx, token, needsNonce) {
  const refuse = (why) => {
    throw new Refused('invalid_dpop_proof', why);
  };
  const { payload, protectedHeader } = await jwtVerify(ctx.get('dpop'), EmbeddedJWK, {
    typ: 'dpop+jwt',
    algorithms: PROOF_ALGORITHMS,
    requiredClaims: ['jti', 'iat'],
  }).catch((error) => refuse(error.message));
  if (PRIVATE_MEMBERS.some((member) => member in protectedHeader.jwk)) refuse('a private member');
  if (payload.htm !== ctx.method) refuse(`htm ${payload.htm}`);
  if (payload.htu !== `https://${ctx.host}${ctx.path}`) refuse(`htu ${payload.htu}`);
  if (payload.ath !== sha256(token)) refuse(`ath ${payload.ath}`);
  if (Math.abs(Date.now() / 1000 - payload.iat) > PROOF_LIFETIME) refuse(`iat ${payload.iat}`);
  if (used.has(payload.jti)) refuse('used before');
  used.add(payload.jti);
  if (needsNonce && !nonces.delete(payload.nonce)) throw new Refused('use_dpop_nonce', 'a nonce, please', nextNonce());
  return calculateJwkThumbprint(protectedHeader.jwk);
}

async function ownerOf(provider, ctx) {
  const [scheme, value] = ctx.get('authorization').split(' ');
  if (!value) throw new Refused('invalid_token', 'no token');
  const token = (await provider.AccessToken.find(value)) ?? (await provider.ClientCredentials.find(value));
  if (!token) throw new Refused('invalid_token', 'unknown token');
  if (scheme.toLowerCase() !== (token.jkt ? 'dpop' : 'bearer')) throw new Refused('invalid_token', `not as ${scheme}`);
  if (token.jkt) {
    const needsNonce = token.clientId.includes('nonce');
    if (await proven(ctx, value, needsNonce) !== token.jkt) throw new Refused('invalid_token', "another key's token");
    if (needsNonce) ctx.set('DPoP-Nonce', nextNonce());
  }
  const thumbprint = token['x5t#S256'];
  if (thumbprint && thumbprint !== sha256(certificateOf(ctx)?.raw ?? '')) {
    throw new Refused('invalid_token', "another certificate's token");
  }
  return token;
}

export async function protectedApi(provider, stats, ctx, next) {
  if (ctx.path === '/api/old') {
    ctx.status = 307;
    ctx.set('Location', '/api/me');
    return undefined;
  }
  if (ctx.path !== '/api/me') return next();
  stats.api_requests += 1;
  try {
    const token = await ownerOf(provider, ctx);
    let received = '';
    for await (const chunk of ctx.req) received += chunk;
    const { clientId, accountId, tokenType } = token;
    ctx.body = { client_id: clientId, sub: accountId, token_type: tokenType, method: ctx.method, received };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const scheme = ctx.get('dpop') ? 'DPoP' : 'Bearer';
    ctx.status = 401;
    ctx.set('WWW-Authenticate', `${scheme} error="${error.code}", error_description="${error.message.replaceAll('"', "'")}"`);
    if (error.nonce) ctx.set('DPoP-Nonce', error.nonce);
    ctx.body = { error: error.code, error_description: error.message };
  }
  return undefined;
}
