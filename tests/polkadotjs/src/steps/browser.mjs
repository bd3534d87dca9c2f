// A member votes in a real browser: a page of our own that bundles the library, in headless Chromium.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { account, check, close, finalIndexOf, finalized, propose, organisations, until, vote } from '../lib.mjs';

/** How often the page is loaded, and its button pressed. */
const PRESSES = 5;
/** The page has this long to show the motion, and to say what became of the vote. */
const PATIENCE = 120_000;
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

/** Loads the page, which reads the motions once, and votes for one as `//Org1`; resolves with what the page says then. */
async function press(tab, address, motion) {
  await tab.goto(address);
  const row = tab.locator(`[data-motion="${motion.hash.toHex()}"]`);
  await row.waitFor({ timeout: PATIENCE });
  check((await row.innerText()).includes('consortium.proposeChange'), 'the page shows the motion in words');
  await tab.fill('#key', '//Org1');
  await row.locator('button').click();
  await tab.waitForFunction(() => /in block|failed/.test(document.querySelector('#said').innerText), undefined, { timeout: PATIENCE });
  return tab.innerText('#said');
}

/** `{ node, chromium, screenshot }`: the node's endpoint, the browser's program, and where a picture goes, if anywhere. */
export async function browser(api, { node, chromium: executablePath, screenshot }) {
  const [proposer, second] = organisations([0, 1]);
  const call = api.tx.consortium.proposeChange({ SetQuota: { organisation: 4, quota: 77 } });
  const motion = await propose(api, 'council', proposer, 4, call);
  // The index that the page reads is the one that the motion keeps.
  await finalIndexOf(api, motion);
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
    const address = `http://127.0.0.1:${server.address().port}/?node=${encodeURIComponent(node)}`;
    let said = '';
    // Other steps vote with the same account meanwhile, and forks come and go: a person whose transaction was lost to them loads the
    // page and presses again. The vote before may count by then.
    for (let tries = 1; tries <= PRESSES && !/in block|DuplicateVote/.test(said); tries += 1) {
      faults.length = 0;
      said = await press(tab, address, motion).catch((error) => `failed: ${error.message}`);
    }
    if (screenshot) await tab.screenshot({ path: screenshot, fullPage: true });
    check(/in block|DuplicateVote/.test(said), `the page says: ${said} ${faults.join('; ')}`);
    check(faults.length === 0, `no script failed ${faults.join('; ')}`);
  } finally {
    await started.close();
    server.close();
  }
  const counts = async () => {
    const { ayes } = (await (await finalized(api)).query.council.voting(motion.hash)).unwrap();
    return ayes.some((one) => one.eq(second.address));
  };
  check(await until(api, 'the vote from the browser is final', counts), 'the vote from the browser counts');
  await vote(api, motion, organisations([0, 2, 3]));
  await close(api, account('//Org3'), motion);
}
