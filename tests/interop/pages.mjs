// What a person sees of the server: a login, a consent, and the pages around the code of another device. Plain forms, so
// that they work without script and need nothing from elsewhere.

import { strict as assert } from 'node:assert';

import { passwordOf } from './grants.mjs';

export const escaped = (text) => String(text).replace(/[&<>"']/g, (each) => `&#${each.codePointAt(0)};`);

const page = (title, body) => `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>${title}</title><link rel="icon" href="data:,"></head>
<body><h1>${title}</h1>${body}</body>
</html>
`;

const LOGIN = ({ login_hint: hint = '' }) => `
  <label>Name <input name="username" value="${escaped(hint)}"></label>
  <label>Password <input name="password" type="password"></label>`;

async function bodyOf(ctx) {
  let received = '';
  for await (const chunk of ctx.req) received += chunk;
  return Object.fromEntries(new URLSearchParams(received));
}

// All that the request misses is granted: who presses the button agrees.
async function grantOf(provider, { params, prompt: { details }, grantId, session }) {
  const { accountId } = session;
  const grant = grantId ? await provider.Grant.find(grantId) : new provider.Grant({ accountId, clientId: params.client_id });
  if (details.missingOIDCScope) grant.addOIDCScope(details.missingOIDCScope.join(' '));
  for (const [resource, scopes] of Object.entries(details.missingResourceScopes ?? {})) {
    grant.addResourceScope(resource, scopes.join(' '));
  }
  for (const detail of details.rar ?? []) grant.addRar(detail);
  return grant.save();
}

// What the person answered, as the package wants it. Who refuses may do it in the words that the request asked for
// (`refusal`), so that a case can choose what comes back.
async function resultOf(provider, interaction, form) {
  const { prompt, params } = interaction;
  if ('cancel' in form) return { error: 'access_denied', error_description: params.refusal ?? 'the person said no' };
  if (prompt.name === 'consent') return { consent: { grantId: await grantOf(provider, interaction) } };
  assert.equal(prompt.name, 'login');
  if (!form.username || passwordOf(form.username) !== form.password) return undefined;
  return { login: { accountId: form.username } };
}

export async function interactions(provider, ctx, next) {
  if (!ctx.path.startsWith('/interaction/')) return next();
  const interaction = await provider.interactionDetails(ctx.req, ctx.res);
  let problem = '';
  if (ctx.method === 'POST') {
    const result = await resultOf(provider, interaction, await bodyOf(ctx));
    if (result) {
      ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result, { mergeWithLastSubmission: false }));
      ctx.status = 303;
      return undefined;
    }
    problem = '<p>Wrong name or password</p>';
  }
  const asks = interaction.prompt.name === 'login' ? LOGIN(interaction.params) : `<p>${escaped(interaction.params.scope)}</p>`;
  const buttons = '<button type="submit">Go on</button> <button type="submit" name="cancel" value="yes">Cancel</button>';
  ctx.body = page(interaction.prompt.name, `${problem}<form method="post">${asks}${buttons}</form>`);
  return undefined;
}

// Of the device's code (RFC 8628 §3.3). The forms are the package's, and have no button.
export const devicePages = {
  userCodeInputSource: (ctx, form, _out, error) => {
    const problem = error ? `<p>${escaped(error.message)}</p>` : '';
    // After a refusal there is nothing more to enter.
    if (error?.name === 'AbortedError') ctx.body = page('Refused', problem);
    else ctx.body = page('Code', `${problem}${form}<button type="submit" form="op.deviceInputForm">Go on</button>`);
  },
  userCodeConfirmSource: (ctx, form, _client, _deviceInfo, userCode) => {
    const of = 'form="op.deviceConfirmForm"';
    const buttons = `<button type="submit" ${of}>Go on</button> <button type="submit" ${of} name="abort" value="yes">Cancel</button>`;
    ctx.body = page('Device', `<p>${escaped(userCode)}</p>${form}${buttons}`);
  },
  successSource: (ctx) => {
    ctx.body = page('Connected', '');
  },
};
