// A member votes in a real browser: a page of our own that bundles the library, in headless Chromium.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { account, check, close, isTaken, propose, organisations, vote } from '../lib.mjs';

/** How often the button is pressed. */
const PRESSES = 8;
const page = (name) => fileURLToPath(new URL(`../../page/${name}`, import.meta.url));

async function files() {
  const { outputFiles } = await build({ entryPoints: [page('page.mjs')], bundle: true, format: 'esm', write: false, logLevel: 'error' });
  return {
    '/': ['text/html', await readFile(page('index.html'))],
    '/page.js': ['text/javascript', outputFiles[0].contents],
  };
}

async function serve() {
  const known = await files();
  const server = createServer((request, response) => {
    const [type, content] = known[request.url.split('?')[0]] ?? [];
    if (!type) return response.writeHead(404).end();
    response.writeHead(200, { 'content-type': `${type}; charset=utf-8` }).end(content);
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

/** `{ node, chromium, screenshot }`: the node's endpoint, the browser's program, and where a picture goes, if anywhere. */
export async function browser(api, { node, chromium: executablePath, screenshot }) {
  const [proposer, second] = organisations([0, 1]);
  const call = api.tx.consortium.proposeChange({ SetQuota: { organisation: 4, quota: 77 } });
  const motion = await propose(api, 'council', proposer, 4, call);
  const server = await serve();
  const started = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  try {
    const tab = await started.newPage();
    const faults = [];
    tab.on('pageerror', (error) => faults.push(error.message));
    tab.on('console', (message) => console.log(`  page: ${message.text()}`));
    await tab.goto(`http://127.0.0.1:${server.address().port}/?node=${encodeURIComponent(node)}`);
    const row = tab.locator(`[data-motion="${motion.hash.toHex()}"]`);
    await row.waitFor({ timeout: 120_000 }).catch((error) => { throw new Error(`${error.message}\n${faults.join('\n')}`); });
    check((await row.innerText()).includes('consortium.proposeChange'), 'the page shows the motion in words');
    await tab.fill('#key', '//Org1');
    let said;
    // Other steps vote with the same account meanwhile: a person whose transaction lost its nonce to them presses again.
    for (let tries = 1; tries <= PRESSES && (!said || isTaken({ message: said })); tries += 1) {
      await row.locator('button').click();
      await tab.waitForFunction(() => /in block|failed/.test(document.querySelector('#said').innerText), undefined, { timeout: 120_000 });
      said = await tab.innerText('#said');
    }
    if (screenshot) await tab.screenshot({ path: screenshot, fullPage: true });
    check(said.includes('in block'), `the page says: ${said}`);
    check(faults.length === 0, `no script failed ${faults.join('; ')}`);
  } finally {
    await started.close();
    server.close();
  }
  const { ayes } = (await api.query.council.voting(motion.hash)).unwrap();
  check(ayes.some((one) => one.eq(second.address)), 'the vote from the browser counts');
  await vote(api, motion, organisations([0, 2, 3]));
  await close(api, account('//Org3'), motion);
}
