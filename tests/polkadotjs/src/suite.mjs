// node src/suite.mjs URL STEP [ARGUMENTS AS JSON]. Steps whose names are joined by '+' are played at once, with the same arguments.
import { connect } from './lib.mjs';
import * as browser from './steps/browser.mjs';
import * as capture from './steps/capture.mjs';
import * as multisig from './steps/multisig.mjs';
import * as parameters from './steps/parameters.mjs';
import * as poll from './steps/poll.mjs';
import * as safety from './steps/safety.mjs';
import * as upgrade from './steps/upgrade.mjs';
import * as validator from './steps/validator.mjs';
import * as versions from './steps/versions.mjs';
import * as words from './steps/words.mjs';

const steps = { ...words, ...parameters, ...validator, ...versions, ...capture, ...safety, ...multisig, ...poll, ...upgrade, ...browser };
const [url, names, text] = process.argv.slice(2);
const chosen = (names ?? '').split('+');
if (!url || !chosen.every((step) => Object.hasOwn(steps, step))) {
  console.error(`usage: node src/suite.mjs URL STEP[+STEP...] [ARGUMENTS AS JSON]\nsteps: ${Object.keys(steps).join(' ')}`);
  process.exit(2);
}
const api = await connect(url);
const began = Date.now();
const play = async (step) => {
  console.log(`${step}:`);
  await steps[step](api, text ? JSON.parse(text) : {}).catch((error) => {
    console.error(`${step}: ${error.stack ?? error}`);
    throw error;
  });
  console.log(`${step}: ${Math.round((Date.now() - began) / 1000)} s`);
};
await Promise.all(chosen.map(play)).catch(() => { process.exitCode = 1; });
await api.disconnect();
// What another step still waits for is of no use when one has failed.
process.exit();
