// A certified identity server (the npm package oidc-provider) on free loopback ports, over TLS, for the interop cases.
//
//   node server.mjs DIRECTORY
//
// DIRECTORY holds `leaf.pem` and `leaf.key` for TLS, `ca.pem` that client certificates must come from, `self.pem` that one
// client may show although nobody signed it, and the keys of the clients that sign, `rsa.pub`, `p256.pub`, …; with `rsa.pem`
// it signs what GitHub Actions would.
//
// Prints one line of JSON when it is ready: {"issuer", "mtls", "resource", "special": [client id, secret], "jwks"}, `mtls`
// being where it asks for certificates. Ends when its stdin closes or on SIGTERM, so that it cannot outlive the script
// that started it. Everything is in memory: each start is a clean slate.

import { createPrivateKey, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';

import { SignJWT, decodeJwt, decodeProtectedHeader } from 'jose';
import Provider, { errors } from 'oidc-provider';

import { certificateOf, protectedApi } from './api.mjs';
import { ASYMMETRIC, DEVICE_CODE, SPECIAL_ID, SPECIAL_SECRET, SYMMETRIC, clientsOf, publicKeys } from './clients.mjs';
import { registerGrants, serviceAccounts } from './grants.mjs';
import { devicePages, interactions } from './pages.mjs';

const directory = process.argv[2];
if (!directory) {
  process.stderr.write('usage: server.mjs DIRECTORY\n');
  process.exit(2);
}

const RESOURCE = 'https://api.example.com/';
const SCOPES = ['openid', 'profile', 'email', 'offline_access', 'read', 'write', 'admin'];
const SHORT_LIFETIME = 4; // seconds
const TOLD_INTERVAL = 1; // seconds between two questions for a device's token
const MINDED_INTERVAL = 3; // seconds, for the client `slow-cli`

const jwks = publicKeys(directory);
const lifetime = (_ctx, _token, client) => (client?.clientId.startsWith('short') ? SHORT_LIFETIME : 3600);
// It signs with the first of them; the others make the set that it publishes as long as real ones are.
const signingKeys = [
  { alg: 'ES256', pair: generateKeyPairSync('ec', { namedCurve: 'P-256' }) },
  { alg: 'ES384', pair: generateKeyPairSync('ec', { namedCurve: 'P-384' }) },
  { alg: 'EdDSA', pair: generateKeyPairSync('ed25519') },
  { alg: 'RS256', pair: generateKeyPairSync('rsa', { modulusLength: 2048 }) },
].map(({ alg, pair }) => ({ ...pair.privateKey.export({ format: 'jwk' }), alg, kid: `signs-${alg}`, use: 'sig' }));

const configuration = (issuer, mtls) => ({
  clients: clientsOf(directory),
  scopes: SCOPES,
  clientAuthMethods: [
    'client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt', 'tls_client_auth',
    'self_signed_tls_client_auth', 'none',
  ],
  jwks: { keys: signingKeys },
  enabledJWA: {
    idTokenSigningAlgValues: ['ES256'],
    clientAuthSigningAlgValues: [...SYMMETRIC, ...ASYMMETRIC],
    dPoPSigningAlgValues: ASYMMETRIC,
    introspectionSigningAlgValues: ['ES256'],
    userinfoSigningAlgValues: ['ES256'],
  },
  clientDefaults: { id_token_signed_response_alg: 'ES256', introspection_signed_response_alg: 'ES256' },
  cookies: { keys: [randomBytes(32).toString('hex')] },
  rotateRefreshToken: true,
  ttl: { AccessToken: lifetime, ClientCredentials: lifetime, RefreshToken: 3600, Grant: 3600, IdToken: 3600 },
  findAccount: (_ctx, id) => ({
    accountId: id,
    claims: () => ({ sub: id, preferred_username: id, email: `${id}@example.com`, email_verified: true }),
  }),
  claims: { profile: ['preferred_username'], email: ['email', 'email_verified'] },
  conformIdTokenClaims: false, // who it is stands in the ID token, as with most servers
  issueRefreshToken: (_ctx, client, source) => (
    client.grantTypeAllowed('refresh_token') && (client.clientId !== 'offline-cli' || source.scopes.has('offline_access'))
  ),
  extraParams: ['refusal'], // see `pages.mjs`
  // Some servers take an assertion for their token endpoint alone, in these words (Hydra).
  assertJwtClientAuthClaimsAndHeader: (ctx, { aud }, _header, { clientId }) => {
    const endpoint = ctx.oidc.urlFor('token');
    if (clientId !== 'signs-for-token-endpoint' || aud === endpoint) return;
    const words = `Claim 'audience' from 'client_assertion' must match the authorization server's token endpoint '${endpoint}'.`;
    throw new errors.CustomOIDCProviderError('invalid_client', words);
  },
  // RFC 8705 §5: the port that asks for no certificate names the one that does.
  discovery: {
    mtls_endpoint_aliases: {
      token_endpoint: `${mtls}/token`,
      introspection_endpoint: `${mtls}/token/introspection`,
      revocation_endpoint: `${mtls}/token/revocation`,
    },
  },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: true, ...devicePages },
    introspection: { enabled: true },
    jwtIntrospection: { enabled: true },
    jwtUserinfo: { enabled: true },
    pushedAuthorizationRequests: { enabled: true },
    registration: { enabled: true },
    revocation: { enabled: true },
    userinfo: { enabled: true },
    dPoP: {
      enabled: true,
      nonceSecret: randomBytes(32),
      requireNonce: (ctx) => ctx.oidc.client.clientId.includes('nonce'),
    },
    mTLS: {
      enabled: true,
      certificateBoundAccessTokens: true,
      selfSignedTlsClientAuth: true,
      tlsClientAuth: true,
      getCertificate: certificateOf,
      certificateAuthorized: (ctx) => ctx.req.socket.authorized,
      // A certificate's subject as RFC 4514 writes it, the last part first.
      certificateSubjectMatches: (ctx, property, expected) => (
        property === 'tls_client_auth_subject_dn'
        && certificateOf(ctx).subject.split('\n').reverse().join(',') === expected
      ),
    },
    richAuthorizationRequests: {
      enabled: true,
      types: {
        payment_initiation: {
          validate: (_ctx, { actions }) => {
            if (!Array.isArray(actions)) throw new errors.InvalidAuthorizationDetails('actions missing');
          },
        },
      },
      authorizationDetailsForAccessToken: (ctx) => JSON.parse(ctx.oidc.params.authorization_details),
      authorizationDetailsForGrantSource: () => undefined,
      authorizationDetailsForIntrospection: (_ctx, token) => token.rar,
    },
    resourceIndicators: {
      enabled: true,
      defaultResource: (_ctx, _client, oneOf) => oneOf,
      getResourceServerInfo: (_ctx, resource) => {
        if (resource !== RESOURCE) throw new errors.InvalidTarget();
        return { scope: 'read write', accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } } };
      },
    },
  },
});

// How many requests came in: what a cache saves is counted here.
const stats = { token_requests: 0, refused: 0, api_requests: 0, by_grant: {} };

// What each request held, and the JWTs in it, read but not judged: what must be another each time is looked at here.
const requests = [];

function read(jwt) {
  try {
    return { header: decodeProtectedHeader(jwt), claims: decodeJwt(jwt) };
  } catch {
    return undefined;
  }
}

// How many of the next token requests are answered with 503: after all is judged as ever, or before (`first`).
let disturbed = 0;
let first = false;

async function controls(ctx, next) {
  if (ctx.path === '/stats') ctx.body = stats;
  else if (ctx.path === '/requests') ctx.body = requests;
  else if (ctx.path === '/disturb') ctx.body = { disturbed: disturbed = Number(ctx.query.times), first: first = 'first' in ctx.query };
  else await next();
}

async function recordRequests(ctx, next) {
  await next();
  const { client_assertion: client, assertion, ...params } = ctx.oidc?.params ?? ctx.form ?? {};
  requests.push({
    path: ctx.path,
    port: ctx.req.socket.localPort,
    status: ctx.status,
    error: ctx.body?.error,
    params: Object.keys(params).filter((name) => params[name] !== undefined),
    client_assertion: read(client),
    assertion: read(assertion),
    proof: read(ctx.get('dpop')),
  });
}

async function countTokenRequests(ctx, next) {
  if (ctx.path !== '/token') return next();
  stats.token_requests += 1;
  await next();
  const grant = ctx.oidc?.params?.grant_type ?? 'unknown';
  stats.by_grant[grant] = (stats.by_grant[grant] ?? 0) + 1;
  if (ctx.status >= 400) stats.refused += 1;
  return undefined;
}

async function disturb(ctx, next) {
  const disturbing = ctx.path === '/token' && disturbed > 0;
  if (!disturbing || !first) await next();
  if (!disturbing) return;
  disturbed -= 1;
  ctx.status = 503;
  ctx.set('Retry-After', '0');
  ctx.body = 'come back later';
}

// RFC 8628 §3.5: the package neither tells an interval nor minds one.
const polls = new Map();

async function mindTheInterval(ctx, next) {
  await next();
  const { client, params } = ctx.oidc ?? {};
  if (ctx.path === '/device/auth' && ctx.status === 200) {
    const interval = client.clientId === 'slow-cli' ? MINDED_INTERVAL : TOLD_INTERVAL;
    polls.set(ctx.body.device_code, { interval, next: Date.now() + interval * 1000 });
    ctx.body = { ...ctx.body, interval: TOLD_INTERVAL };
  }
  if (ctx.path !== '/token' || params?.grant_type !== DEVICE_CODE || ctx.body.error !== 'authorization_pending') return;
  const poll = polls.get(params.device_code);
  if (Date.now() < poll.next) {
    poll.interval += 5;
    ctx.body = { error: 'slow_down', error_description: 'too fast' };
  }
  poll.next = Date.now() + poll.interval * 1000;
}

// The package lets a client registered for one of the two secret methods use the other. Stricter servers refuse that,
// so this one does for the client `post`.
async function refuseBasicFromPost(ctx, next) {
  await next();
  if (ctx.path !== '/token' || ctx.oidc.client?.clientId !== 'post' || !ctx.headers.authorization) return;
  ctx.status = 401;
  ctx.set('WWW-Authenticate', `Basic realm="${ctx.oidc.provider.issuer}"`);
  ctx.body = { error: 'invalid_client', error_description: 'client authentication failed' };
}

// Others ask for a nonce as RFC 9449 §9 has it, at the token endpoint too.
async function askForNonceWith401(ctx, next) {
  await next();
  if (ctx.path !== '/token' || ctx.body?.error !== 'use_dpop_nonce' || !ctx.oidc.client.clientId.endsWith('401')) return;
  ctx.status = 401;
  ctx.set('WWW-Authenticate', 'DPoP error="use_dpop_nonce", error_description="a nonce, please"');
  ctx.body = '';
}

// What GitHub Actions gives a job: an identity token for the audience that it asks for. Here it says what a client of this
// server has to say of itself.
async function githubActions(ctx, next) {
  if (ctx.path !== '/github/token') return next();
  if (ctx.get('authorization').toLowerCase() !== 'bearer token-of-the-job' || !ctx.query.audience) {
    ctx.status = 401;
    return undefined;
  }
  const identity = new SignJWT({ iss: 'signs', sub: 'signs', aud: ctx.query.audience, jti: randomUUID() });
  const signed = identity.setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: 'rsa' }).setIssuedAt().setExpirationTime('5m');
  ctx.body = { count: 1, value: await signed.sign(createPrivateKey(file('rsa.pem'))) };
  return undefined;
}

const file = (name) => readFileSync(join(directory, name));
const tls = { cert: file('leaf.pem'), key: file('leaf.key') };
const listening = (options) => new Promise((resolve) => {
  const server = createServer({ ...tls, ...options });
  server.listen(0, '127.0.0.1', () => resolve(server));
});
// What a certificate is worth depends on the client: this port takes any.
const servers = [await listening({}), await listening({ ca: file('ca.pem'), requestCert: true, rejectUnauthorized: false })];
const [issuer, mtls] = servers.map((server) => `https://127.0.0.1:${server.address().port}`);

const provider = new Provider(issuer, configuration(issuer, mtls));
registerGrants(provider, jwks);
provider.use(controls);
provider.use(recordRequests);
provider.use(countTokenRequests);
provider.use(disturb);
provider.use(mindTheInterval);
provider.use(refuseBasicFromPost);
provider.use(askForNonceWith401);
provider.use(githubActions);
provider.use((ctx, next) => interactions(provider, ctx, next));
provider.use((ctx, next) => serviceAccounts(provider, jwks, ctx, next));
provider.use((ctx, next) => protectedApi(provider, stats, ctx, next));
for (const server of servers) server.on('request', provider.callback());
process.stdout.write(`${JSON.stringify({ issuer, mtls, resource: RESOURCE, special: [SPECIAL_ID, SPECIAL_SECRET], jwks })}\n`);

const end = () => {
  for (const server of servers) server.closeAllConnections();
  process.exit(0);
};
process.stdin.resume().on('end', end).on('close', end);
process.on('SIGTERM', end);
