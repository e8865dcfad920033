// A real browser, headless, that walks through the pages of a login as a person would.
//
//   CHROMIUM=/usr/bin/chromium PUBLIC=HOST:PORT,… node browser.mjs
//
// PUBLIC are the servers on this machine that are to count as the internet's: what a page of theirs may do to a port here is
// what it may do at a user's. Prints one line of JSON when it is ready: {"address"} of an HTTP server on loopback. Ends when
// its stdin closes.
//
//   POST /visit/ID?PLAN   the body is the address to open; answered at once, so that a `browser` command can do it
//   GET  /seen/ID         what was seen there, as JSON, once the visit is over
//
// PLAN, all of it optional:
//   as, password   who logs in
//   deny           presses Cancel as soon as there is one
//   code           what to type where a device's code is asked for
//   script=off     in a browser without JavaScript
//   stray=PATH     looks at this path of the address first, as some other page might lead there
//   twice          opens the address a second time, in another window, before it logs in
//   axe=on         has axe-core, a script, judge what it looks at
//   pictures=PATH  takes screenshots, PATH-STATE-SCHEME-WIDTH.png
//
// The answer: `requests`, all that the browser asked for; `console`, what it complained of; and of `stray`, `again` (the
// second window) and `end` (where it ended) a look: address, status, headers, size, title, h1, text, and for each colour scheme
// and width whether the page is wider than the window and what axe-core finds. {"failed"} if it got lost.

import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

import { chromium } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];
const PUBLIC = (process.env.PUBLIC ?? '').split(',').filter(Boolean);
const PATIENCE = 20000; // milliseconds for any one thing to happen
const BEGIN = 5000; // milliseconds in which a visit must have begun that is asked for
const PAGES = 15; // a login has fewer
const WIDTHS = [320, 1280];
const CANCEL = '[name=cancel], [name=abort]';

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  headless: true,
  args: [...FLAGS, `--ip-address-space-overrides=${PUBLIC.map((each) => `${each}=public`).join()}`],
  timeout: 60000,
});

// Where nobody answers the browser shows a page of its own, which is loaded after that and may have come by now.
const last = (arrivals) => arrivals.find(({ nobody }) => nobody) ?? arrivals.at(-1);

class Visit {
  constructor(address, plan) {
    Object.assign(this, { address, plan, requests: [], console: [] });
  }

  // A window of its own: nothing is remembered from another visit. `arrivals` are the pages that came, each with its answer,
  // or the address that nobody answered at.
  async window() {
    const context = await browser.newContext({ ignoreHTTPSErrors: true, javaScriptEnabled: this.plan.get('script') !== 'off' });
    context.setDefaultTimeout(PATIENCE);
    context.on('request', (request) => this.requests.push(`${request.method()} ${request.url()}`));
    const page = await context.newPage();
    // That a page came with a status such as 400 is in `status`, and no complaint.
    page.on('console', (message) => {
      const { url } = message.location();
      if (!this.requests.some((request) => request.endsWith(` ${url}`))) this.console.push(`${url} ${message.text()}`);
    });
    page.on('pageerror', (error) => this.console.push(`${page.url()} ${error}`));
    const arrivals = [];
    const top = (request) => request.isNavigationRequest() && request.frame() === page.mainFrame();
    let answer;
    page.on('response', (response) => { if (top(response.request())) answer = response; });
    page.on('load', () => arrivals.push({ answer }));
    page.on('requestfailed', (request) => {
      if (top(request)) arrivals.push({ nobody: request.url(), why: request.failure().errorText });
    });
    return { page, arrivals };
  }

  // Does `action`, which leads to another page, and waits for that one.
  async going({ page, arrivals }, action) {
    const failed = await action().catch((error) => error);
    for (const until = Date.now() + PATIENCE; arrivals.length === 0; await new Promise((go) => setTimeout(go, 10))) {
      if (Date.now() > until) throw failed ?? new Error(`nothing came after ${page.url()}`);
    }
    return last(arrivals);
  }

  async look(page, { answer, nobody, why }, name) {
    if (nobody) return { address: nobody, nobody: why };
    const seen = {
      address: page.url(),
      status: answer?.status(),
      headers: answer?.headers(),
      size: (await answer?.body().catch(() => undefined))?.length,
      title: await page.title(),
      h1: await page.locator('h1').allInnerTexts(),
      text: await page.locator('body').innerText(),
      looks: [],
    };
    for (const scheme of ['light', 'dark']) {
      for (const width of WIDTHS) {
        await page.emulateMedia({ colorScheme: scheme });
        await page.setViewportSize({ width, height: 640 });
        if (this.plan.has('pictures')) {
          await page.screenshot({ path: `${this.plan.get('pictures')}-${name}-${scheme}-${width}.png` });
        }
        const wide = await page.evaluate(() => document.documentElement.scrollWidth) > width;
        const violations = this.plan.has('axe') && this.plan.get('script') !== 'off' ? await this.violations(page) : [];
        seen.looks.push({ scheme, width, wide, violations });
      }
    }
    return seen;
  }

  // Given to the browser by its own door, which no policy of a page closes.
  async violations(page) {
    await page.evaluate(`if (!window.axe) { ${axe} }`);
    const found = await page.evaluate(() => window.axe.run({ resultTypes: ['violations'] }));
    return found.violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' ')}`);
  }

  async elsewhere(address, name) {
    const window = await this.window();
    try {
      return await this.look(window.page, await this.going(window, () => window.page.goto(address)), name);
    } finally {
      await window.page.context().close();
    }
  }

  // From page to page, until one asks nothing.
  async walk() {
    const { plan } = this;
    const seen = { requests: this.requests, console: this.console };
    if (plan.has('stray')) seen.stray = await this.elsewhere(new URL(plan.get('stray'), this.address).href, 'stray');
    const window = await this.window();
    const { page, arrivals } = window;
    try {
      let came = await this.going(window, () => page.goto(this.address));
      if (plan.has('twice')) seen.again = await this.elsewhere(this.address, 'again');
      for (let pages = 0; !came.nobody; pages += 1) {
        if (pages === PAGES) throw new Error(`${pages} pages, and no end`);
        await page.waitForLoadState('load');
        came = last(arrivals) ?? came; // a page whose script sends its form may be gone already
        arrivals.length = 0;
        const onwards = await this.answer(page);
        if (onwards === null) break;
        came = await this.going(window, onwards);
      }
      seen.end = await this.look(page, came, 'end');
      return seen;
    } catch (error) {
      return { ...seen, failed: `${error.message}\nat ${page.url()}\n${await page.content().catch(() => '')}` };
    } finally {
      await page.context().close();
    }
  }

  // Fills in what this page asks for; gives what leads on from it, or null where nothing does.
  async answer(page) {
    const { plan } = this;
    const cancel = plan.has('deny') && await page.locator(CANCEL).count();
    const selector = cancel ? CANCEL : `[type=submit]:not(${CANCEL})`;
    const count = (button) => ['form', button].map((each) => document.querySelectorAll(each).length);
    // A page that goes while it is looked at, or has no button, sends its form by script.
    const [forms, buttons] = await page.evaluate(count, selector).catch(() => [1, 0]);
    if (!forms) return null;
    if (!buttons) return async () => {};
    for (const [names, value] of [[['username'], plan.get('as')], [['password'], plan.get('password')],
      [['user_code', 'device_user_code'], plan.get('code')]]) {
      const fields = page.locator(names.map((name) => `[name=${name}]:not([type=hidden])`).join(', '));
      if (value !== null && await fields.count()) await fields.first().fill(value);
    }
    return () => page.locator(selector).first().click({ noWaitAfter: true });
  }
}

const visits = new Map();
const waiting = new Map();

// The visit that ID names, whether it has begun or not.
function seenAt(id) {
  if (!visits.has(id)) visits.set(id, new Promise((resolve) => waiting.set(id, resolve)));
  return visits.get(id);
}

const server = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  const [, what, id] = pathname.split('/');
  if (what === 'seen') {
    response.setHeader('Content-Type', 'application/json');
    const never = new Promise((resolve) => setTimeout(() => waiting.has(id) && resolve({ failed: 'nobody opened anything' }), BEGIN));
    response.end(JSON.stringify(await Promise.race([seenAt(id), never])));
    return;
  }
  let address = '';
  for await (const chunk of request) address += chunk;
  response.end();
  seenAt(id);
  const begun = waiting.get(id);
  waiting.delete(id);
  begun?.(new Visit(address, searchParams).walk().catch((error) => ({ failed: String(error) })));
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ address: `http://127.0.0.1:${server.address().port}` })}\n`);
});

const end = async () => {
  await browser.close();
  process.exit(0);
};
process.stdin.resume().on('end', end).on('close', end);
process.on('SIGTERM', end);
