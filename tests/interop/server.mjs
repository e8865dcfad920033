// A certified identity server (the npm package oidc-provider) on a free loopback port, over TLS, for the interop cases.
//
//   node server.mjs CERTIFICATE.pem KEY.pem
//
// Prints one line of JSON when it is ready: {"issuer", "resource", "special": [client id, secret]}. Ends when its stdin closes or
// on SIGTERM, so that it cannot outlive the script that started it. Everything is in memory: each start is a clean slate.

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';

import Provider, { errors } from 'oidc-provider';

const [certificate, key] = process.argv.slice(2).map((path) => readFileSync(path));
if (!certificate || !key) {
  process.stderr.write('usage: server.mjs CERTIFICATE.pem KEY.pem\n');
  process.exit(2);
}

const RESOURCE = 'https://api.example.com/';
const SCOPES = ['openid', 'offline_access', 'read', 'write', 'admin'];
const SHORT_LIFETIME = 4; // seconds

// The server takes any printable ASCII in an id or a secret; these hold every character that form encoding changes and
// that a naive `id:secret` or `curl -d` gets wrong.
const SPECIAL_ID = 'spec ial:id+1%2F/=&?#"\'~*';
const SPECIAL_SECRET = 'p+ w/%25=&:@"\'\\$`!~*()<>|; x';

const machine = { redirect_uris: [], response_types: [], grant_types: ['client_credentials'] };
const user = { ...machine, grant_types: ['password', 'refresh_token'] };
const clients = [
  { ...machine, client_id: 'basic', client_secret: 'basic-secret', scope: 'read write' },
  { ...machine, client_id: 'post', client_secret: 'post-secret', token_endpoint_auth_method: 'client_secret_post' },
  { ...machine, client_id: SPECIAL_ID, client_secret: SPECIAL_SECRET },
  { ...machine, client_id: 'short', client_secret: 'short-secret' },
  { ...user, client_id: 'public', token_endpoint_auth_method: 'none' },
  { ...user, client_id: 'app', client_secret: 'app-secret' },
  { ...user, client_id: 'short-app', client_secret: 'short-app-secret' },
];

// alice, and user0 … with the password `password of userN`, so that a batch can have as many users as it likes.
const passwordOf = (name) => {
  if (name === 'alice') return 'wörd+ &=%🔑';
  return /^user\d+$/.test(name) ? `password of ${name}` : undefined;
};

const lifetime = (_ctx, _token, client) => (client?.clientId.startsWith('short') ? SHORT_LIFETIME : 3600);
const signingKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });

const configuration = {
  clients,
  scopes: SCOPES,
  clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'none'],
  jwks: { keys: [{ ...signingKey, use: 'sig', alg: 'ES256' }] },
  enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
  clientDefaults: { id_token_signed_response_alg: 'ES256' },
  cookies: { keys: [randomBytes(32).toString('hex')] },
  rotateRefreshToken: true,
  ttl: { AccessToken: lifetime, ClientCredentials: lifetime, RefreshToken: 3600, Grant: 3600, IdToken: 3600 },
  findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    revocation: { enabled: true },
    userinfo: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: (_ctx, _client, oneOf) => oneOf,
      getResourceServerInfo: (_ctx, resource) => {
        if (resource !== RESOURCE) throw new errors.InvalidTarget();
        return { scope: 'read write', accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } } };
      },
    },
  },
};

// The resource owner password credentials grant (RFC 6749 §4.3), which the package leaves to its users.
async function passwordGrant(provider, ctx) {
  const { client, params } = ctx.oidc;
  if (params.username === undefined || params.password === undefined) {
    throw new errors.InvalidRequest('username and password are required');
  }
  if (passwordOf(params.username) !== params.password) {
    throw new errors.InvalidGrant('invalid username or password');
  }
  const grant = new provider.Grant({ clientId: client.clientId, accountId: params.username });
  grant.addOIDCScope([...ctx.oidc.requestParamOIDCScopes].join(' '));
  const about = {
    client,
    accountId: params.username,
    grantId: await grant.save(),
    gty: 'password',
    expiresWithSession: false,
    scope: grant.getOIDCScope(),
  };
  const accessToken = new provider.AccessToken(about);
  const refreshToken = new provider.RefreshToken({ ...about, rotations: 0 });
  ctx.body = {
    access_token: await accessToken.save(),
    refresh_token: await refreshToken.save(),
    expires_in: accessToken.expiration,
    token_type: accessToken.tokenType,
    scope: about.scope || undefined,
  };
}

// How many requests came in: what a cache saves is counted here.
const stats = { token_requests: 0, refused: 0, api_requests: 0, by_grant: {} };

async function countTokenRequests(ctx, next) {
  if (ctx.path !== '/token') return next();
  stats.token_requests += 1;
  await next();
  const grant = ctx.oidc.params?.grant_type ?? 'unknown';
  stats.by_grant[grant] = (stats.by_grant[grant] ?? 0) + 1;
  if (ctx.status >= 400) stats.refused += 1;
  return undefined;
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

// A resource behind the tokens (RFC 6750): GET and POST /api/me answer with the token's owner and the body sent.
async function protectedApi(provider, ctx, next) {
  if (ctx.path === '/stats') {
    ctx.body = stats;
    return undefined;
  }
  if (ctx.path !== '/api/me') return next();
  stats.api_requests += 1;
  const [scheme, value] = (ctx.get('authorization') || '').split(' ');
  const token = scheme.toLowerCase() === 'bearer' && value
    ? (await provider.AccessToken.find(value)) ?? (await provider.ClientCredentials.find(value))
    : undefined;
  if (!token) {
    ctx.status = 401;
    ctx.set('WWW-Authenticate', 'Bearer error="invalid_token"');
    ctx.body = { error: 'invalid_token' };
    return undefined;
  }
  let received = '';
  for await (const chunk of ctx.req) received += chunk;
  ctx.body = { client_id: token.clientId, sub: token.accountId, method: ctx.method, received };
  return undefined;
}

const server = createServer({ cert: certificate, key });
server.listen(0, '127.0.0.1', () => {
  const issuer = `https://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, configuration);
  provider.registerGrantType('password', (ctx) => passwordGrant(provider, ctx), ['username', 'password', 'scope']);
  provider.use(countTokenRequests);
  provider.use(refuseBasicFromPost);
  provider.use((ctx, next) => protectedApi(provider, ctx, next));
  server.on('request', provider.callback());
  process.stdout.write(`${JSON.stringify({ issuer, resource: RESOURCE, special: [SPECIAL_ID, SPECIAL_SECRET] })}\n`);
});

const end = () => {
  server.closeAllConnections();
  process.exit(0);
};
process.stdin.resume().on('end', end).on('close', end);
process.on('SIGTERM', end);
