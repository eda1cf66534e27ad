// The console in headless Chromium, as a person uses it: node console.mjs MODULES URL KEY FOLDER
// Prints one JSON object: what went wrong, the findings of axe-core, the layout shift of each page.
import { createRequire } from 'node:module';
import { writeFileSync } from 'node:fs';

const [modules, url, key, folder] = process.argv.slice(2);
const require = createRequire(`${modules}/package.json`);
const { chromium: playwright } = require('playwright-core');
const { default: chromium } = await import(require.resolve('@sparticuz/chromium'));
const axe = require('axe-core').source;

const faults = [];
const findings = {};
const shifts = {};
const browser = await playwright.launch({ headless: true,
  executablePath: await chromium.executablePath(),
  args: chromium.args.filter((a) => a !== '--single-process' && a !== '--no-zygote') });

async function look(page, name) {
  await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (over > 0) faults.push(`${name} is ${over} pixels too wide`);
  const found = await page.evaluate(() => axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa',
    'best-practice'] }).then((result) => result.violations.map((v) =>
    `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`)));
  if (found.length) findings[name] = found;
  shifts[name] = await page.evaluate(() => window.shift);
}

async function go(page, section) {
  await page.evaluate(() => { window.shift = 0; });
  await page.click(`nav a[href="#${section}"]`);
}

const screens = [['desk', 1280, 900, 'en-GB', 'light'], ['phone', 375, 740, 'ja-JP', 'dark']];
for (const [screen, width, height, locale, colorScheme] of screens) {
  const context = await browser.newContext(
    { viewport: { width, height }, locale, colorScheme, bypassCSP: true, acceptDownloads: true });
  await context.addInitScript({ content: `${axe};
    window.shift = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => {
      if (!entry.hadRecentInput) window.shift += entry.value;
    })).observe({ type: 'layout-shift', buffered: true });
    sessionStorage.setItem('larimar.key', ${JSON.stringify(key)});` });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  page.on('console', (m) => { if (m.type() === 'error') faults.push(`${screen}: ${m.text()}`); });
  page.on('pageerror', (e) => faults.push(`${screen}: ${e}`));
  await page.goto(url);
  await page.waitForFunction(() => document.querySelector('#model').textContent);
  await look(page, `${screen}-start`);
  await page.keyboard.press('Tab');
  if (await page.evaluate(() => document.activeElement.className) !== 'skip') {
    faults.push(`${screen}: the first tab does not reach the skip link`);
  }

  await go(page, 'teach');
  await page.fill('#subject', 'ZX-400 pump');
  await page.fill('#prompt', 'The maximum flow rate of the {} is');
  await page.fill('#target', '38 litres per minute');
  await page.click('#teach-form button.main');
  await page.waitForSelector('#taught .fact');
  await look(page, `${screen}-teach`);
  await page.setInputFiles('#import-file', { name: 'faq.csv', mimeType: 'text/csv',
    buffer: Buffer.from('question,answer\nHow many ports does the Orla gateway have?,16\n') });
  await page.click('#import-form button');
  await page.waitForFunction(() => /1/.test(document.querySelector('#message').textContent));

  await go(page, 'ask');
  await page.fill('#question', 'How much water can the ZX-400 pump move per minute?');
  await page.fill('#max-tokens', '20');
  await page.click('#ask-form button.main');
  await page.waitForFunction(() => ['with', 'without'].every(
    (side) => /\d/.test(document.querySelector(`#${side}-times`).textContent)));
  if (!(await page.textContent('#with-answer')).includes('38')) {
    faults.push(`${screen}: ${await page.textContent('#with-answer')}`);
  }
  await look(page, `${screen}-ask`);

  await go(page, 'documents');
  await page.setInputFiles('#document-file', { name: 'orla.md', mimeType: 'text/markdown',
    buffer: Buffer.from('# Orla\n\nThe Orla gateway runs on 24 volts.\n') });
  await page.click('#document-form button.main');
  await page.waitForSelector('#document-list button');
  await look(page, `${screen}-documents`);

  await go(page, 'memories');
  await page.fill('#query', 'flow rate');
  await page.click('#search-form button.main');
  await page.waitForFunction(() => /0\.\d/.test(document.querySelector('#list li')?.textContent));
  await page.click('#list li button >> nth=0');
  await look(page, `${screen}-memories`);
  await page.click('#list li .danger >> nth=0');
  await page.waitForSelector('#forget-dialog[open]');
  await page.click('#forget-dialog .danger');
  await page.waitForSelector('#receipt-dialog[open]');
  const [download] = await Promise.all(
    [page.waitForEvent('download'), page.click('#receipt-link')]);
  await download.saveAs(`${folder}/receipt.json`);
  await page.click('#receipt-dialog button');

  await go(page, 'status');
  await page.waitForSelector('#audit tr');
  await page.setInputFiles('#receipt-file', `${folder}/receipt.json`);
  await page.click('#verify');
  await page.waitForSelector('#checks li');
  if (await page.$('#checks .fault')) faults.push(`${screen}: the receipt does not verify`);
  await look(page, `${screen}-status`);

  await go(page, 'admin');
  await page.waitForSelector('#key-list li');
  await page.fill('#key-name', `${screen}-user`);
  await page.click('#new-key-form button.main');
  await page.waitForSelector('#secret');
  await page.click('#backup');
  await page.waitForFunction(() => document.querySelector('#message').textContent.includes('/'));
  await look(page, `${screen}-admin`);
  await context.close();
}
await browser.close();
const result = JSON.stringify({ faults, findings, shifts });
writeFileSync(`${folder}/console.json`, result);
console.log(result);
