// node src/suite.mjs URL STEP [ARGUMENTS AS JSON]
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
const [url, step, text] = process.argv.slice(2);
if (!url || !Object.hasOwn(steps, step ?? '')) {
  console.error(`usage: node src/suite.mjs URL STEP [ARGUMENTS AS JSON]\nsteps: ${Object.keys(steps).join(' ')}`);
  process.exit(2);
}
const api = await connect(url);
try {
  console.log(`${step}:`);
  await steps[step](api, text ? JSON.parse(text) : {});
} catch (error) {
  console.error(error.stack ?? error);
  process.exitCode = 1;
} finally {
  await api.disconnect();
}
