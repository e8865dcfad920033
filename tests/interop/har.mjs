// Judges a HAR: by the schema of HAR 1.2, and by a browser, which is to answer from it.
//
//   CHROMIUM=/usr/bin/chromium node har.mjs FILE
//
// Without CHROMIUM no browser is asked.

import { readFileSync } from 'node:fs';

import { har as validate } from 'har-validator/lib/promise.js';
import { chromium } from 'playwright-core';

const [, , path] = process.argv;
const har = JSON.parse(readFileSync(path));
try {
  await validate(har);
} catch ({ errors }) {
  process.stdout.write(`${JSON.stringify(errors, undefined, 1)}\n`);
  process.exit(1);
}

if (process.env.CHROMIUM) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
  try {
    const context = await browser.newContext();
    await context.routeFromHAR(path, { notFound: 'abort' });
    const page = await context.newPage();
    const { request, response } = har.log.entries.find((entry) => entry.request.method === 'GET' && entry.response.status === 200);
    const answer = await page.goto(request.url);
    if (await answer.text() !== response.content.text) throw new Error('the browser reads another answer');
  } finally {
    await browser.close();
  }
}
