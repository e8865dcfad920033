// The grants that the package leaves to its users: password, token exchange, and those of an assertion. What they give is
// bound to the key of a DPoP proof if there is one.

import { randomBytes } from 'node:crypto';

import { createLocalJWKSet, jwtVerify } from 'jose';
import { errors } from 'oidc-provider';
import { checkDpopReplay, checkDpopRequired, validateDpop } from 'oidc-provider/lib/helpers/grants.js';

import { JWT_BEARER, SAML2_BEARER, TOKEN_EXCHANGE } from './clients.mjs';

const TYPE = 'urn:ietf:params:oauth:token-type:';

// alice, and user0 … with the password `password of userN`, so that a batch can have as many users as it likes.
export const passwordOf = (name) => {
  if (name === 'alice') return 'wörd+ &=%🔑';
  return /^user\d+$/.test(name) ? `password of ${name}` : undefined;
};

const required = (params, ...names) => {
  const missing = names.filter((name) => params[name] === undefined);
  if (missing.length) throw new errors.InvalidRequest(`missing: ${missing.join(', ')}`);
};

// The claims of a JWT of ours for `audience`, which must say who and when (RFC 7523 §3); a `jti` counts once.
async function verified(provider, keys, jwt, audience, ...more) {
  let claims;
  try {
    const wanted = { audience, requiredClaims: ['iss', 'exp', 'jti', ...more], maxTokenAge: '1h' };
    claims = (await jwtVerify(jwt, keys, wanted)).payload;
  } catch (cause) {
    throw new errors.InvalidGrant(`assertion refused: ${cause.message}`);
  }
  if (!await provider.ReplayDetection.unique(claims.iss, claims.jti, claims.exp)) {
    throw new errors.InvalidGrant('assertion refused: it was used before');
  }
  return claims;
}

// An access token for the user `accountId`, and a refresh token where the client may have one.
async function answer(provider, ctx, gty, accountId, more = {}) {
  const { client, params } = ctx.oidc;
  const proof = await validateDpop(provider, ctx);
  checkDpopRequired(provider, ctx, proof);
  const grant = new provider.Grant({ clientId: client.clientId, accountId });
  grant.addOIDCScope([...ctx.oidc.requestParamOIDCScopes].join(' '));
  const grantId = await grant.save();
  const about = { client, accountId, grantId, gty, expiresWithSession: false, scope: grant.getOIDCScope() };
  const accessToken = new provider.AccessToken(about);
  const refreshToken = new provider.RefreshToken({ ...about, rotations: 0 });
  if (proof) {
    await checkDpopReplay(provider, ctx, proof, client.clientId);
    accessToken.setThumbprint('jkt', proof.thumbprint);
    if (client.clientAuthMethod === 'none') refreshToken.jkt = proof.thumbprint;
  }
  if (params.audience) accessToken.extra = { audience: params.audience };
  ctx.body = {
    access_token: await accessToken.save(),
    refresh_token: client.grantTypeAllowed('refresh_token') ? await refreshToken.save() : undefined,
    expires_in: accessToken.expiration,
    token_type: accessToken.tokenType,
    scope: about.scope || undefined,
    ...more,
  };
}

// RFC 6749 §4.3.
async function password(provider, ctx) {
  const { params } = ctx.oidc;
  required(params, 'username', 'password');
  if (passwordOf(params.username) !== params.password) throw new errors.InvalidGrant('invalid username or password');
  await answer(provider, ctx, 'password', params.username);
}

// RFC 7523 §2.1.
async function jwtBearer(provider, keys, ctx) {
  const { params } = ctx.oidc;
  required(params, 'assertion');
  const audience = [provider.issuer, ctx.oidc.urlFor('token')];
  const { sub } = await verified(provider, keys, params.assertion, audience, 'sub');
  await answer(provider, ctx, 'jwt_bearer', sub);
}

// RFC 7522 §2.1, as far as its encoding goes: base64url of XML that names somebody.
async function saml2Bearer(provider, ctx) {
  const { params } = ctx.oidc;
  required(params, 'assertion');
  const decoded = Buffer.from(params.assertion, 'base64url');
  const name = decoded.toString().match(/^<saml:Assertion[^]*<saml:NameID>([^<]+)<\/saml:NameID>[^]*<\/saml:Assertion>$/);
  if (!name || decoded.toString('base64url') !== params.assertion) throw new errors.InvalidGrant('no SAML assertion in base64url');
  await answer(provider, ctx, 'saml2_bearer', name[1]);
}

// RFC 8693: an access token of this server, or a JWT of a key that it knows, for an access token or for one that is `N_A`.
async function tokenExchange(provider, keys, ctx) {
  const { params } = ctx.oidc;
  required(params, 'subject_token', 'subject_token_type');
  if (!params.actor_token !== !params.actor_token_type) throw new errors.InvalidRequest('actor_token and its type');
  const whose = async (token, type) => {
    if (type === `${TYPE}access_token`) {
      const found = (await provider.AccessToken.find(token)) ?? (await provider.ClientCredentials.find(token));
      if (found) return found.accountId ?? found.clientId;
      throw new errors.InvalidGrant('no such access token');
    }
    if (type === `${TYPE}jwt`) return (await verified(provider, keys, token, provider.issuer, 'sub')).sub;
    throw new errors.InvalidRequest(`type not supported: ${type}`);
  };
  const subject = await whose(params.subject_token, params.subject_token_type);
  const actor = params.actor_token && await whose(params.actor_token, params.actor_token_type);
  const sub = actor ? `${subject} by ${actor}` : subject;
  switch (params.requested_token_type) {
    case undefined:
    case `${TYPE}access_token`:
      await answer(provider, ctx, 'token_exchange', sub, { issued_token_type: `${TYPE}access_token` });
      return;
    case `${TYPE}jwt`:
      await answer(provider, ctx, 'token_exchange', sub, { issued_token_type: `${TYPE}jwt`, token_type: 'N_A' });
      return;
    default:
      throw new errors.InvalidRequest('requested_token_type not supported');
  }
}

export function registerGrants(provider, jwks) {
  const keys = createLocalJWKSet(jwks);
  provider.registerGrantType('password', (ctx) => password(provider, ctx), ['username', 'password', 'scope']);
  provider.registerGrantType(JWT_BEARER, (ctx) => jwtBearer(provider, keys, ctx), ['assertion', 'scope']);
  provider.registerGrantType(SAML2_BEARER, (ctx) => saml2Bearer(provider, ctx), ['assertion', 'scope']);
  const exchange = ['subject', 'actor'].flatMap((who) => [`${who}_token`, `${who}_token_type`]);
  provider.registerGrantType(
    TOKEN_EXCHANGE,
    (ctx) => tokenExchange(provider, keys, ctx),
    [...exchange, 'requested_token_type', 'audience', 'resource', 'scope'],
    ['audience', 'resource'],
  );
}

// A token endpoint that knows no clients, such as Google's: the assertion says which service account, which scope, and
// whose id_token if that is what it wants. The endpoint's URL is its audience.
export async function serviceAccounts(provider, jwks, ctx, next) {
  if (ctx.path !== '/service-accounts/token') return next();
  let received = '';
  for await (const chunk of ctx.req) received += chunk;
  ctx.form = Object.fromEntries(new URLSearchParams(received));
  const { assertion, grant_type: grantType, ...others } = ctx.form;
  try {
    if (grantType !== JWT_BEARER) throw new errors.UnsupportedGrantType();
    if (Object.keys(others).length) throw new errors.InvalidRequest(`not expected: ${Object.keys(others).join(', ')}`);
    const claims = await verified(provider, createLocalJWKSet(jwks), assertion, ctx.href, 'iat');
    if (!claims.iss.endsWith('.iam.gserviceaccount.com')) throw new errors.InvalidGrant('account not found');
    ctx.body = claims.target_audience
      ? { id_token: randomBytes(30).toString('base64url') }
      : { access_token: randomBytes(30).toString('base64url'), expires_in: 3599, token_type: 'Bearer', scope: claims.scope };
  } catch (error) {
    ctx.status = error.status ?? 500;
    ctx.body = { error: error.error ?? 'server_error', error_description: error.error_detail ?? error.message };
  }
  return undefined;
}
